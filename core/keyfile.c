/* keys.csv. */
#include "keyfile.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CIPHER, PUBLIC, PRIVATE };

const struct pb_table_kind pb_keyfile_kind = {
    .columns = {"cipher", "public", "private"},
    .check = {pb_field_cipher, pb_field_key, pb_field_key},
    .unique = 1 << CIPHER,
};

static const struct pb_table_kind old_kind = {
    .columns = {"cipher", "public", "private"},
    .check = {pb_field_cipher, pb_field_key, pb_field_key},
};

void pb_keyfile_wipe(struct pb_keyfile_pair *pair)
{
    explicit_bzero(pair, sizeof *pair);
}

/* True if a line that could not be read was meant for this cipher. */
static bool meant_for(const struct pb_table_row *row, const char *cipher)
{
    size_t length = strlen(cipher);
    const char *raw = row->raw, *end = raw + row->raw_size;
    while (raw < end && strchr(" \t\"", *raw))
        raw++;
    return (size_t)(end - raw) > length && strncasecmp(raw, cipher, length) == 0 &&
           strchr(" \t\",", raw[length]);
}

/* The row of a cipher, or NULL; a bad one is an error. */
static int look_up(const struct pb_table *table, const char *cipher, struct pb_table_row **found,
                   struct pb_error *error)
{
    for (*found = NULL; (*found = pb_table_next(table, *found));)
        if (strcmp((*found)->field[CIPHER], cipher) == 0)
            return PB_OK;
    for (size_t i = 0; i < table->count; i++) {
        const struct pb_table_row *row = &table->rows[i];
        if (row->bad && !row->field[0] && row->raw && meant_for(row, cipher))
            return pb_status_fail(error, PB_FILE,
                                  "%s:%u: this line is meant for %s, but is not as it should be "
                                  "(cipher,public,private): "
                                  "repair it or take it out",
                                  table->path, row->line, cipher);
    }
    return PB_OK;
}

static void copy_pair(struct pb_keyfile_pair *pair, const struct pb_table_row *row)
{
    snprintf(pair->public_key, sizeof pair->public_key, "%s", row->field[PUBLIC]);
    snprintf(pair->private_key, sizeof pair->private_key, "%s", row->field[PRIVATE]);
}

int pb_keyfile_find(const char *folder, const char *cipher, struct pb_keyfile_pair *pair,
                    const struct pb_table_report *report, struct pb_error *error)
{
    char path[PATH_MAX];
    struct pb_table table = {0};
    struct pb_table_row *row = NULL;
    int result = pb_table_path(path, folder, PB_KEYFILE, error);
    if (result == PB_OK)
        result = pb_table_read(&table, &pb_keyfile_kind, path, report, error);
    if (result == PB_OK)
        result = look_up(&table, cipher, &row, error);
    if (result == PB_OK && !row)
        result = pb_status_fail(error, PB_NOT_FOUND, "%s has no key pair for %s", path, cipher);
    if (result == PB_OK)
        copy_pair(pair, row);
    pb_table_free(&table);
    return result;
}

int pb_keyfile_add(const char *folder, const char *cipher, struct pb_keyfile_pair *pair,
                   bool *added, const struct pb_table_report *report, struct pb_error *error)
{
    char path[PATH_MAX];
    struct pb_table table = {0};
    struct pb_table_row *row = NULL;
    bool ours = false;
    int result = pb_table_path(path, folder, PB_KEYFILE, error);
    if (result == PB_OK)
        result = pb_table_begin(&table, &pb_keyfile_kind, path, report, error);
    if (result == PB_OK)
        result = look_up(&table, cipher, &row, error);
    if (result == PB_OK && row) {
        copy_pair(pair, row);
    } else if (result == PB_OK) {
        result = pb_table_add(&table, (const char *[]){cipher, pair->public_key, pair->private_key},
                              error);
        if (result == PB_OK)
            result = pb_table_commit(&table, error);
        ours = result == PB_OK;
    }
    if (added)
        *added = ours;
    pb_table_free(&table);
    return result;
}

/* Beside the file that keys.csv really is, should it be a link. */
static int old_path_of(char *path, const char *keyfile, struct pb_error *error)
{
    char real[PATH_MAX];
    const char *holder = realpath(keyfile, real) ? real : keyfile;
    if (snprintf(path, PATH_MAX, "%s.old", holder) >= PATH_MAX)
        return pb_status_fail(error, PB_USAGE, "%s: this path is too long", keyfile);
    return PB_OK;
}

int pb_keyfile_old_path(char *path, const char *folder, struct pb_error *error)
{
    char keyfile[PATH_MAX];
    int result = pb_table_path(keyfile, folder, PB_KEYFILE, error);
    return result == PB_OK ? old_path_of(path, keyfile, error) : result;
}

/* The row goes to keys.csv.old, unless an earlier try that was killed has brought it there. */
static int keep_old(const struct pb_table *table, const struct pb_table_row *row,
                    const struct pb_table_report *report, struct pb_error *error)
{
    char path[PATH_MAX];
    struct pb_table old = {.warned = true};
    struct pb_table_row *same = NULL;
    int result = old_path_of(path, table->path, error);
    if (result == PB_OK)
        result = pb_table_read(&old, &old_kind, path, report, error);
    while (result == PB_OK && (same = pb_table_next(&old, same)))
        if (strcmp(same->field[CIPHER], row->field[CIPHER]) == 0 &&
            strcmp(same->field[PUBLIC], row->field[PUBLIC]) == 0 &&
            strcmp(same->field[PRIVATE], row->field[PRIVATE]) == 0)
            break;
    if (result == PB_OK && !same) {
        result = pb_table_add(&old, row->field, error);
        if (result == PB_OK)
            result = pb_table_commit_beside(&old, table, error);
    }
    pb_table_free(&old);
    return result;
}

int pb_keyfile_replace(const char *folder, const char *cipher, const struct pb_keyfile_pair *pair,
                       bool *replaced, const struct pb_table_report *report, struct pb_error *error)
{
    char path[PATH_MAX];
    struct pb_table table = {0};
    struct pb_table_row *row = NULL;
    const char *fields[] = {cipher, pair->public_key, pair->private_key};
    int result = pb_table_path(path, folder, PB_KEYFILE, error);
    if (result == PB_OK)
        result = pb_table_begin(&table, &pb_keyfile_kind, path, report, error);
    if (result == PB_OK)
        result = look_up(&table, cipher, &row, error);
    *replaced = result == PB_OK && row;
    if (*replaced)
        result = keep_old(&table, row, report, error);
    if (result == PB_OK)
        result =
            row ? pb_table_set(&table, row, fields, error) : pb_table_add(&table, fields, error);
    if (result == PB_OK)
        result = pb_table_commit(&table, error);
    pb_table_free(&table);
    return result;
}
