/* servers.csv. */
#include "serverlist.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { HOST, PORT, CIPHER, PUBLIC, FIRST_SEEN };

const struct pb_table_kind pb_serverlist_kind = {
    .columns = {"host", "port", "cipher", "public", "first_seen"},
    .check = {pb_field_address, pb_field_port, pb_field_cipher, pb_field_key, pb_field_time},
    .unique = 1 << HOST | 1 << PORT | 1 << CIPHER,
};

static bool is_server(const struct pb_table_row *row, const char *host, uint16_t port)
{
    return strcasecmp(row->field[HOST], host) == 0 &&
           (port == 0 || pb_field_read_number(row->field[PORT]) == port);
}

static struct pb_table_row *look_up(const struct pb_table *table, const char *host, uint16_t port,
                                    const char *cipher)
{
    for (struct pb_table_row *row = NULL; (row = pb_table_next(table, row));)
        if (is_server(row, host, port) && strcmp(row->field[CIPHER], cipher) == 0)
            return row;
    return NULL;
}

int pb_serverlist_check(const char *folder, const char *host, uint16_t port, const char *cipher,
                        const char *public_key, enum pb_serverlist_verdict *verdict,
                        struct pb_serverlist_known *known, const struct pb_table_report *report,
                        struct pb_error *error)
{
    char path[PATH_MAX];
    struct pb_table table = {0};
    struct pb_table_row *row;
    int result = pb_table_path(path, folder, PB_SERVERLIST, error);
    if (result == PB_OK)
        result = pb_table_read(&table, &pb_serverlist_kind, path, report, error);
    if (result != PB_OK)
        goto out;
    *verdict = PB_SERVERLIST_NEW;
    row = look_up(&table, host, port, cipher);
    if (!row)
        goto out;
    *verdict =
        strcmp(row->field[PUBLIC], public_key) == 0 ? PB_SERVERLIST_KNOWN : PB_SERVERLIST_CHANGED;
    if (known) {
        snprintf(known->public_key, sizeof known->public_key, "%s", row->field[PUBLIC]);
        snprintf(known->since, sizeof known->since, "%s", row->field[FIRST_SEEN]);
    }
out:
    pb_table_free(&table);
    return result;
}

int pb_serverlist_record(const char *folder, const char *host, uint16_t port, const char *cipher,
                         const char *public_key, time_t when, const struct pb_table_report *report,
                         struct pb_error *error)
{
    char path[PATH_MAX], since[PB_FIELD_TIME_SIZE], number[8];
    struct pb_table table = {0};
    struct pb_table_row *row;
    int result = pb_table_path(path, folder, PB_SERVERLIST, error);
    if (result == PB_OK)
        result = pb_table_begin(&table, &pb_serverlist_kind, path, report, error);
    if (result != PB_OK)
        goto out;
    row = look_up(&table, host, port, cipher);
    if (row) {
        if (strcmp(row->field[PUBLIC], public_key) != 0)
            result =
                pb_status_fail(error, PB_REFUSED, "%s has another %s key for %s, port %u, since %s",
                               path, cipher, host, port, row->field[FIRST_SEEN]);
        goto out;
    }
    pb_field_write_time(since, when);
    snprintf(number, sizeof number, "%u", port);
    result = pb_table_add(&table, (const char *[]){host, number, cipher, public_key, since}, error);
    if (result == PB_OK)
        result = pb_table_commit(&table, error);
out:
    pb_table_free(&table);
    return result;
}

int pb_serverlist_forget(const char *folder, const char *host, uint16_t port, size_t *forgotten,
                         const struct pb_table_report *report, struct pb_error *error)
{
    char path[PATH_MAX];
    struct pb_table table = {0};
    *forgotten = 0;
    int result = pb_table_path(path, folder, PB_SERVERLIST, error);
    if (result == PB_OK)
        result = pb_table_begin(&table, &pb_serverlist_kind, path, report, error);
    /* also rows that were left out because of a clash: they would stand as soon as the first is
     * gone */
    for (size_t i = 0; i < table.count && result == PB_OK; i++)
        if (table.rows[i].field[HOST] && is_server(&table.rows[i], host, port)) {
            pb_table_remove(&table.rows[i]);
            ++*forgotten;
        }
    if (result == PB_OK && *forgotten == 0)
        result = port ? pb_status_fail(error, PB_NOT_FOUND, "%s has no key of %s, port %u", path,
                                       host, port)
                      : pb_status_fail(error, PB_NOT_FOUND, "%s has no key of %s", path, host);
    if (result == PB_OK)
        result = pb_table_commit(&table, error);
    pb_table_free(&table);
    return result;
}
