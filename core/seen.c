/* Notes in memory, rows in a file. */
#include "seen.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IP, CIPHER, NAME, PUBLIC, FIRST, LAST, TIMES, COLUMNS };

struct pb_seen_note {
    char *text[PUBLIC + 1];
    time_t first, last;
    unsigned times;
};

static bool same(const char *const *a, const char *const *b)
{
    return strcmp(a[PUBLIC], b[PUBLIC]) == 0 && strcmp(a[IP], b[IP]) == 0 &&
           strcmp(a[CIPHER], b[CIPHER]) == 0;
}

static unsigned sum(unsigned a, unsigned b)
{
    return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

static void forget(struct pb_seen_note *note)
{
    for (int i = 0; i <= PUBLIC; i++)
        free(note->text[i]);
    memset(note, 0, sizeof *note);
}

static void drop_notes(struct pb_seen *seen)
{
    for (size_t i = 0; i < seen->count; i++)
        forget(&seen->notes[i]);
    free(seen->notes);
    seen->notes = NULL;
    seen->count = seen->room = 0;
}

/* A note to fill: a new one, or, when there are too many (the disk has been full for long), the
 * oldest. */
static struct pb_seen_note *fresh(struct pb_seen *seen, size_t most)
{
    if (seen->count == most) {
        struct pb_seen_note *oldest = seen->notes;
        for (size_t i = 1; i < seen->count; i++)
            if (seen->notes[i].last < oldest->last)
                oldest = &seen->notes[i];
        forget(oldest);
        *oldest = seen->notes[--seen->count];
    } else if (seen->count == seen->room) {
        size_t room = seen->room ? 2 * seen->room : 16;
        struct pb_seen_note *notes = realloc(seen->notes, room * sizeof *notes);
        if (!notes)
            return NULL;
        seen->notes = notes;
        seen->room = room;
    }
    memset(&seen->notes[seen->count], 0, sizeof *seen->notes);
    return &seen->notes[seen->count++];
}

void pb_seen_note(struct pb_seen *seen, const struct pb_seen_kind *kind, const char *ip,
                  const char *cipher, const char *name, const char *public_key, time_t when)
{
    const char *fields[] = {ip, cipher, name, public_key};
    struct pb_seen_note *note = NULL;
    for (int i = 0; i <= PUBLIC; i++)
        if (kind->table.check[i](fields[i], strlen(fields[i])))
            return;
    for (size_t i = 0; i < seen->count && !note; i++)
        if (same((const char *const *)seen->notes[i].text, fields))
            note = &seen->notes[i];
    if (!note) {
        if (!(note = fresh(seen, kind->most)))
            return;
        note->first = when;
    }
    for (int i = 0; i <= PUBLIC;
         i++) { /* of the name the latest counts: the first may have been a slip */
        char *copy = strdup(fields[i]);
        free(note->text[i]);
        note->text[i] = copy;
        if (!copy) {
            forget(note);
            *note = seen->notes[--seen->count];
            return;
        }
    }
    note->last = when;
    note->times = sum(note->times, 1);
}

/* One note becomes a row, or is added to the row that is there. */
static int bring(struct pb_table *table, const struct pb_seen_note *note, struct pb_error *error)
{
    char first[PB_FIELD_TIME_SIZE], last[PB_FIELD_TIME_SIZE], times[16];
    const char *fields[COLUMNS] = {
        note->text[IP], note->text[CIPHER], note->text[NAME], note->text[PUBLIC], first, last,
        times};
    struct pb_table_row *row = NULL;
    unsigned before = 0;

    pb_field_write_time(first, note->first);
    pb_field_write_time(last, note->last);
    while ((row = pb_table_next(table, row)) && !same(row->field, fields))
        ;
    if (row) {
        fields[FIRST] = row->field[FIRST];
        before = pb_field_read_number(row->field[TIMES]);
    }
    snprintf(times, sizeof times, "%u", sum(before, note->times));
    return row ? pb_table_set(table, row, fields, error) : pb_table_add(table, fields, error);
}

static int by_last_seen(const void *a, const void *b)
{
    const struct pb_table_row *left = *(struct pb_table_row *const *)a,
                              *right = *(struct pb_table_row *const *)b;
    int order = strcmp(left->field[LAST], right->field[LAST]); /* ISO 8601 sorts as text */
    return order ? order : (left > right) - (left < right);
}

static int trim(struct pb_table *table, size_t most, struct pb_error *error)
{
    size_t count = 0;
    struct pb_table_row **rows = calloc(table->count + 1, sizeof *rows);
    if (!rows)
        return pb_status_fail(error, PB_SYSTEM, "%s: not enough memory", table->path);
    for (struct pb_table_row *row = NULL; (row = pb_table_next(table, row));)
        rows[count++] = row;
    qsort(rows, count, sizeof *rows, by_last_seen);
    for (size_t i = 0; count - i > most; i++)
        pb_table_remove(rows[i]);
    free(rows);
    return PB_OK;
}

int pb_seen_write(struct pb_seen *seen, const struct pb_seen_kind *kind, const char *folder,
                  const struct pb_table_report *report, struct pb_error *error)
{
    char path[PATH_MAX];
    struct pb_table table = {0};
    if (seen->count == 0)
        return PB_OK;
    int result = pb_table_path(path, folder, kind->file, error);
    if (result == PB_OK)
        result = pb_table_begin(&table, &kind->table, path, seen->told ? NULL : report, error);
    seen->told = true;
    for (size_t i = 0; i < seen->count && result == PB_OK; i++)
        result = bring(&table, &seen->notes[i], error);
    if (result == PB_OK)
        result = trim(&table, kind->most, error);
    if (result == PB_OK)
        result = pb_table_commit(&table, error);
    if (result == PB_OK)
        drop_notes(seen);
    pb_table_free(&table);
    return result;
}

void pb_seen_free(struct pb_seen *seen)
{
    drop_notes(seen);
    memset(seen, 0, sizeof *seen);
}
