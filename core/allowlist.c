/* allowed.csv. */
#include "allowlist.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { NAME, CIPHER, PUBLIC };

static void clash(char *reason, size_t size, const struct pb_table_row *first,
                  const struct pb_table_row *row)
{
    if (strcmp(first->field[NAME], row->field[NAME]) == 0)
        snprintf(reason, size, "the same as line %u", first->line);
    else
        snprintf(reason, size,
                 "%s has the %s key that is %s's in line %u: one key cannot be two people",
                 row->field[NAME], row->field[CIPHER], first->field[NAME], first->line);
}

const struct pb_table_kind pb_allowlist_kind = {
    .columns = {"name", "cipher", "public"},
    .check = {pb_field_name, pb_field_cipher, pb_field_key},
    .unique = 1 << CIPHER | 1 << PUBLIC,
    .clash = clash,
};

int pb_allowlist_read(struct pb_allowlist *list, const char *folder,
                      const struct pb_table_report *report, struct pb_error *error)
{
    char path[PATH_MAX];
    pb_table_free(&list->table);
    int result = pb_table_path(path, folder, PB_ALLOWLIST, error);
    return result == PB_OK ? pb_table_read(&list->table, &pb_allowlist_kind, path, report, error)
                           : result;
}

bool pb_allowlist_changed(const struct pb_allowlist *list)
{
    return pb_table_changed(&list->table);
}

static const char *owner(const struct pb_table *table, const char *cipher, const char *public_key)
{
    for (struct pb_table_row *row = NULL; (row = pb_table_next(table, row));)
        if (strcmp(row->field[PUBLIC], public_key) == 0 && strcmp(row->field[CIPHER], cipher) == 0)
            return row->field[NAME];
    return NULL;
}

const char *pb_allowlist_name(const struct pb_allowlist *list, const char *cipher,
                              const char *public_key)
{
    return owner(&list->table, cipher, public_key);
}

void pb_allowlist_free(struct pb_allowlist *list)
{
    pb_table_free(&list->table);
}

/* ---- adding ---- */

static bool has_key(const struct pb_table *table, const char *name, const char *cipher)
{
    for (struct pb_table_row *row = NULL; (row = pb_table_next(table, row));)
        if (strcmp(row->field[NAME], name) == 0 && strcmp(row->field[CIPHER], cipher) == 0)
            return true;
    return false;
}

/* Another entry claims the same name for the same cipher with another key, or the same key under
 * another name. */
static bool disputed(const struct pb_allowlist_entry *entries, size_t count,
                     const struct pb_allowlist_entry *entry)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(entries[i].cipher, entry->cipher) == 0 &&
            (strcmp(entries[i].name, entry->name) == 0) !=
                (strcmp(entries[i].public_key, entry->public_key) == 0))
            return true;
    return false;
}

static int add_one(struct pb_table *table, struct pb_allowlist_entry *entry, bool claimed,
                   bool dispute, struct pb_error *error)
{
    struct pb_error why = {0};
    const char *name = owner(table, entry->cipher, entry->public_key);
    entry->other[0] = entry->why[0] = 0;
    if (name) {
        bool same = strcmp(name, entry->name) == 0;
        entry->outcome = same ? PB_ALLOWLIST_THERE : PB_ALLOWLIST_KEY_USED;
        snprintf(entry->other, sizeof entry->other, "%s", name);
        return PB_OK;
    }
    if (claimed && (dispute || has_key(table, entry->name, entry->cipher))) {
        entry->outcome = dispute ? PB_ALLOWLIST_DISPUTED : PB_ALLOWLIST_NAME_USED;
        return PB_OK;
    }
    entry->outcome = PB_ALLOWLIST_ADDED;
    int result =
        pb_table_add(table, (const char *[]){entry->name, entry->cipher, entry->public_key}, &why);
    if (result == PB_REFUSED) {
        entry->outcome = PB_ALLOWLIST_BAD;
        snprintf(entry->why, sizeof entry->why, "%.*s", (int)sizeof entry->why - 1, why.text);
        return PB_OK;
    }
    return result == PB_OK ? PB_OK : pb_status_fail(error, result, "%s", why.text);
}

int pb_allowlist_add(const char *folder, struct pb_allowlist_entry *entries, size_t count,
                     bool claimed, const struct pb_table_report *report, struct pb_error *error)
{
    char path[PATH_MAX];
    struct pb_table table = {0};
    bool any = false;
    int result = pb_table_path(path, folder, PB_ALLOWLIST, error);
    if (result == PB_OK)
        result = pb_table_begin(&table, &pb_allowlist_kind, path, report, error);
    for (size_t i = 0; i < count && result == PB_OK; i++) {
        result = add_one(&table, &entries[i], claimed,
                         claimed && disputed(entries, count, &entries[i]), error);
        any = any || entries[i].outcome == PB_ALLOWLIST_ADDED;
    }
    if (result == PB_OK && any)
        result = pb_table_commit(&table, error);
    pb_table_free(&table);
    return result;
}

/* ---- removing ---- */

/* Rows of other names that had one of the removed keys were not in force because of the clash. They
 * would be now, and the key that was to be kept out would be back in: they go as well. */
static void remove_clashing(struct pb_table *table, const struct pb_table_row *removed)
{
    for (size_t i = 0; i < table->count; i++) {
        struct pb_table_row *row = &table->rows[i];
        char sentence[PB_ERROR_MAX];
        if (row->removed || !row->field[NAME] ||
            strcmp(row->field[PUBLIC], removed->field[PUBLIC]) != 0 ||
            strcmp(row->field[CIPHER], removed->field[CIPHER]) != 0)
            continue;
        pb_table_remove(row);
        snprintf(sentence, sizeof sentence,
                 "%s:%u: %s has the same %s key as %s: this line is taken out as well", table->path,
                 row->line, row->field[NAME], row->field[CIPHER], removed->field[NAME]);
        if (table->report && table->report->say)
            table->report->say(table->report->context, sentence);
    }
}

int pb_allowlist_remove(const char *folder, const char *name, size_t *removed,
                        const struct pb_table_report *report, struct pb_error *error)
{
    char path[PATH_MAX];
    struct pb_table table = {0};
    *removed = 0;
    int result = pb_table_path(path, folder, PB_ALLOWLIST, error);
    if (result == PB_OK)
        result = pb_table_begin(&table, &pb_allowlist_kind, path, report, error);
    /* also rows of this name that were left out because of a clash */
    for (size_t i = 0; i < table.count && result == PB_OK; i++)
        if (table.rows[i].field[NAME] && strcmp(table.rows[i].field[NAME], name) == 0) {
            pb_table_remove(&table.rows[i]);
            ++*removed;
        }
    for (size_t i = 0; i < table.count && result == PB_OK; i++)
        if (table.rows[i].field[NAME] && !table.rows[i].bad &&
            strcmp(table.rows[i].field[NAME], name) == 0)
            remove_clashing(&table, &table.rows[i]);
    if (result == PB_OK && *removed == 0)
        result = pb_status_fail(error, PB_NOT_FOUND, "%s has no row for %s", path, name);
    if (result == PB_OK)
        result = pb_table_commit(&table, error);
    pb_table_free(&table);
    return result;
}
