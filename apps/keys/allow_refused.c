/* plugboard allow --refused: who came and was not on the list. */
#include "allow.h"

#include "columns.h"
#include "ownkeys.h"
#include "refusedlist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- showing ---- */

static int show(const struct pb_table *table, struct pb_error *error)
{
    static const int order[] = {PB_COLUMNS_NUMBER, PB_REFUSED_CLAIMED,   PB_REFUSED_CIPHER,
                                PB_REFUSED_IP,     PB_REFUSED_LAST_SEEN, PB_REFUSED_TIMES,
                                PB_REFUSED_PUBLIC};
    int result = pb_columns_print(table, order, sizeof order / sizeof *order, error);
    if (result != PB_OK)
        return result;
    fflush(stdout); /* the advice comes below the table */
    pb_options_say("names are claims: compare the keys, then take them in with 'plugboard allow "
                   "--refused N' or 'all'");
    return PB_OK;
}

/* ---- taking in ---- */

static bool chosen(size_t number, const char *const *choice, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(choice[i], "all") == 0 || strtoul(choice[i], NULL, 10) == number)
            return true;
    return false;
}

static int check_choice(const char *const *choice, size_t count, size_t rows, const char *path,
                        struct pb_error *error)
{
    for (size_t i = 0; i < count; i++) {
        unsigned long number = strtoul(choice[i], NULL, 10);
        if (strcmp(choice[i], "all") != 0 && (number < 1 || number > rows))
            return pb_status_fail(error, PB_NOT_FOUND, "there is no number %lu: %s has %zu row%s",
                                  number, path, rows, rows == 1 ? "" : "s");
    }
    return PB_OK;
}

static int take(const char *folder, const struct pb_table *table, size_t rows,
                const char *const *choice, size_t choices, struct pb_error *error)
{
    struct pb_allowlist_entry *entries = calloc(rows, sizeof *entries);
    struct pb_refusedlist_key *in = calloc(rows, sizeof *in);
    size_t count = 0, in_count = 0, number = 0;
    int result = entries && in ? PB_OK : pb_status_fail(error, PB_SYSTEM, "not enough memory");
    for (struct pb_table_row *row = NULL; result == PB_OK && (row = pb_table_next(table, row));)
        if (chosen(++number, choice, choices))
            entries[count++] =
                (struct pb_allowlist_entry){.name = row->field[PB_REFUSED_CLAIMED],
                                            .cipher = row->field[PB_REFUSED_CIPHER],
                                            .public_key = row->field[PB_REFUSED_PUBLIC]};
    if (result == PB_OK)
        result = pb_allowlist_add(folder, entries, count, true, &pb_ownkeys_report, error);
    if (result != PB_OK)
        goto out;
    for (size_t i = 0; i < count; i++)
        if (entries[i].outcome == PB_ALLOWLIST_ADDED || entries[i].outcome == PB_ALLOWLIST_THERE)
            in[in_count++] = (struct pb_refusedlist_key){entries[i].cipher, entries[i].public_key};
    size_t failed = pb_allow_tell(folder, entries, count);
    result = pb_refusedlist_drop(folder, in, in_count, NULL, error);
    if (result == PB_OK && failed)
        result = PB_NOT_FOUND; /* said already, row by row */
out:
    free(entries);
    free(in);
    return result;
}

int pb_allow_refused(const char *folder, const char *const *choice, size_t count)
{
    struct pb_error error = {0};
    struct pb_table table = {0};
    size_t rows = 0;
    int result = pb_refusedlist_read(&table, folder, &pb_ownkeys_report, &error);
    for (struct pb_table_row *row = NULL; result == PB_OK && (row = pb_table_next(&table, row));)
        rows++;
    if (result == PB_OK && rows == 0) {
        pb_options_say("nobody was refused (%s)", table.path);
        result = count ? PB_NOT_FOUND : PB_OK;
    } else if (result == PB_OK && count == 0) {
        result = show(&table, &error);
    } else if (result == PB_OK) {
        result = check_choice(choice, count, rows, table.path, &error);
        if (result == PB_OK)
            result = take(folder, &table, rows, choice, count, &error);
    }
    pb_table_free(&table);
    if (result == PB_OK)
        return 0;
    return error.status == PB_OK ? 1 : pb_options_report("allow", &error);
}
