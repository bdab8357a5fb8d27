/* refused.csv. */
#include "refusedlist.h"

#include <limits.h>
#include <string.h>

const struct pb_seen_kind pb_refusedlist_kind = {
    .file = PB_REFUSEDLIST,
    .most = PB_REFUSEDLIST_MAX,
    .table =
        {
            .columns = {"ip", "cipher", "claimed", "public", "first_seen", "last_seen", "times"},
            .check = {pb_field_address, pb_field_cipher, pb_field_claimed, pb_field_key,
                      pb_field_time, pb_field_time, pb_field_number},
            .unique = 1 << PB_REFUSED_IP | 1 << PB_REFUSED_CIPHER | 1 << PB_REFUSED_PUBLIC,
        },
};

void pb_refusedlist_note(struct pb_refusedlist *list, const char *ip, const char *cipher,
                         const char *claimed, const char *public_key, time_t when)
{
    pb_seen_note(&list->seen, &pb_refusedlist_kind, ip, cipher, claimed, public_key, when);
}

int pb_refusedlist_write(struct pb_refusedlist *list, const char *folder,
                         const struct pb_table_report *report, struct pb_error *error)
{
    return pb_seen_write(&list->seen, &pb_refusedlist_kind, folder, report, error);
}

void pb_refusedlist_free(struct pb_refusedlist *list)
{
    pb_seen_free(&list->seen);
}

int pb_refusedlist_read(struct pb_table *table, const char *folder,
                        const struct pb_table_report *report, struct pb_error *error)
{
    char path[PATH_MAX];
    int result = pb_table_path(path, folder, PB_REFUSEDLIST, error);
    return result == PB_OK ? pb_table_read(table, &pb_refusedlist_kind.table, path, report, error)
                           : result;
}

int pb_refusedlist_drop(const char *folder, const struct pb_refusedlist_key *keys, size_t count,
                        const struct pb_table_report *report, struct pb_error *error)
{
    char path[PATH_MAX];
    struct pb_table table = {0};
    bool any = false;
    int result = pb_table_path(path, folder, PB_REFUSEDLIST, error);
    if (result == PB_OK)
        result = pb_table_begin(&table, &pb_refusedlist_kind.table, path, report, error);
    for (struct pb_table_row *row = NULL; result == PB_OK && (row = pb_table_next(&table, row));)
        for (size_t i = 0; i < count; i++)
            if (strcmp(row->field[PB_REFUSED_PUBLIC], keys[i].public_key) == 0 &&
                strcmp(row->field[PB_REFUSED_CIPHER], keys[i].cipher) == 0) {
                pb_table_remove(row);
                any = true;
                break;
            }
    if (result == PB_OK && any)
        result = pb_table_commit(&table, error);
    pb_table_free(&table);
    return result;
}
