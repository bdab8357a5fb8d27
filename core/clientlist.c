/* clients.csv. */
#include "clientlist.h"

#include <limits.h>

const struct pb_seen_kind pb_clientlist_kind = {
    .file = PB_CLIENTLIST,
    .most = PB_CLIENTLIST_MAX,
    .table =
        {
            .columns = {"ip", "cipher", "name", "public", "first_seen", "last_seen", "sessions"},
            .check = {pb_field_address, pb_field_cipher, pb_field_claimed, pb_field_key,
                      pb_field_time, pb_field_time, pb_field_number},
            .unique = 1 << PB_CLIENT_IP | 1 << PB_CLIENT_CIPHER | 1 << PB_CLIENT_PUBLIC,
        },
};

void pb_clientlist_note(struct pb_clientlist *list, const char *ip, const char *cipher,
                        const char *name, const char *public_key, time_t when)
{
    pb_seen_note(&list->seen, &pb_clientlist_kind, ip, cipher, name, public_key, when);
}

int pb_clientlist_write(struct pb_clientlist *list, const char *folder,
                        const struct pb_table_report *report, struct pb_error *error)
{
    return pb_seen_write(&list->seen, &pb_clientlist_kind, folder, report, error);
}

void pb_clientlist_free(struct pb_clientlist *list)
{
    pb_seen_free(&list->seen);
}

int pb_clientlist_read(struct pb_table *table, const char *folder,
                       const struct pb_table_report *report, struct pb_error *error)
{
    char path[PATH_MAX];
    int result = pb_table_path(path, folder, PB_CLIENTLIST, error);
    return result == PB_OK ? pb_table_read(table, &pb_clientlist_kind.table, path, report, error)
                           : result;
}
