/* The lines of a CSV file become rows: parsed by line.c, judged, and compared with each other. */
#include "table_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void spoil(struct pb_table *table, struct pb_table_row *row, const char *why)
{
    row->bad = true;
    if (++table->bad_count <= PB_TABLE_REPORTS_MAX)
        pb_table_say(table, "%s:%u: %s; this line is left out", table->path, row->line, why);
}

/* ---- one line ---- */

/* "cipher,public,private" */
static const char *header_of(const struct pb_table_kind *kind, char *header, size_t size)
{
    pb_line_write(header, size, kind->columns, pb_table_columns(kind));
    header[strcspn(header, "\n")] = 0;
    return header;
}

static bool is_header(const struct pb_table_kind *kind, const struct pb_line *line)
{
    bool same = line->count == pb_table_columns(kind);
    for (size_t i = 0; same && i < line->count; i++)
        same = strcmp(line->field[i], kind->columns[i]) == 0;
    return same;
}

/* What is wrong with a row, or NULL. */
static const char *judge(const struct pb_table_kind *kind, const struct pb_line *line, char *why,
                         size_t size)
{
    char header[256];
    size_t columns = pb_table_columns(kind);
    if (line->count != columns) {
        snprintf(why, size, "%zu column%s instead of %zu (%s)", line->count,
                 line->count == 1 ? "" : "s", columns, header_of(kind, header, sizeof header));
        return why;
    }
    for (size_t i = 0; i < columns; i++) {
        const char *wrong = kind->check[i] ? kind->check[i](line->field[i], line->size[i]) : NULL;
        if (wrong) {
            snprintf(why, size, "%s %s", kind->columns[i], wrong);
            return why;
        }
    }
    return NULL;
}

/* One line of the file becomes a row, good or bad or blank. */
static bool take_line(struct pb_table *table, struct pb_line *line, const char *wrong,
                      const char *raw, size_t raw_size, unsigned number)
{
    char why[512];
    struct pb_table_row *row = pb_table_new_row(table);
    if (!row)
        return false;
    row->line = number;
    row->raw = raw;
    row->raw_size = raw_size;
    if (!wrong && line->count > 0)
        wrong = judge(table->kind, line, why, sizeof why);
    if (wrong)
        spoil(table, row, wrong);
    else if (line->count > 0)
        return pb_table_own_fields(row, line->field, line->size, line->count);
    return true;
}

/* ---- rows that clash ---- */

/* Order by the unique columns, then by the line. */
static int compare(const void *a, const void *b, void *context)
{
    const struct pb_table_row *left = *(struct pb_table_row *const *)a,
                              *right = *(struct pb_table_row *const *)b;
    const struct pb_table_kind *kind = context;
    for (size_t i = 0; i < pb_table_columns(kind); i++)
        if (kind->unique >> i & 1) {
            int order = strcmp(left->field[i], right->field[i]);
            if (order)
                return order;
        }
    return (left > right) - (left < right);
}

static bool clash(const struct pb_table_kind *kind, const struct pb_table_row *a,
                  const struct pb_table_row *b)
{
    for (size_t i = 0; i < pb_table_columns(kind); i++)
        if (kind->unique >> i & 1 && strcmp(a->field[i], b->field[i]) != 0)
            return false;
    return true;
}

static void tell_clash(struct pb_table *table, struct pb_table_row *row,
                       const struct pb_table_row *first)
{
    char why[512];
    size_t used = 0;
    if (table->kind->clash) {
        table->kind->clash(why, sizeof why, first, row);
    } else {
        for (size_t i = 0; i < pb_table_columns(table->kind); i++)
            if (table->kind->unique >> i & 1)
                used += (size_t)snprintf(why + used, sizeof why - used, "%s%s",
                                         used ? ", " : "the same ", table->kind->columns[i]);
        snprintf(why + used, sizeof why - used, " as in line %u", first->line);
    }
    spoil(table, row, why);
}

/* The first of several rows that clash stands, the others are bad. */
static bool find_clashes(struct pb_table *table)
{
    size_t count = 0;
    struct pb_table_row **sorted = calloc(table->count + 1, sizeof *sorted);
    const struct pb_table_row **first = calloc(table->count + 1, sizeof *first);
    bool done = sorted && first;
    if (!done)
        goto out;
    for (struct pb_table_row *row = NULL; (row = pb_table_next(table, row));)
        sorted[count++] = row;
    qsort_r(sorted, count, sizeof *sorted, compare, (void *)table->kind);
    for (size_t i = 1, head = 0; i < count; i++)
        if (clash(table->kind, sorted[head], sorted[i]))
            first[sorted[i] - table->rows] = sorted[head];
        else
            head = i;
    for (size_t i = 0; i < table->count; i++)
        if (first[i])
            tell_clash(table, &table->rows[i], first[i]);
out:
    free(sorted);
    free(first);
    return done;
}

/* ---- all lines ---- */

/* The lines of table->text. */
static int parse_lines(struct pb_table *table, bool header_optional, struct pb_error *error)
{
    const char *at = table->text, *end = table->text + table->text_size;
    bool headed = false;
    int result = PB_OK;
    char header[256];
    struct pb_line line;
    if (!pb_line_open(&line))
        return pb_table_no_memory(table, error);
    if (end - at >= 3 &&
        memcmp(at, "\xef\xbb\xbf", 3) == 0) /* the byte order mark of spreadsheets */
        at += 3;
    for (unsigned number = 1; at < end && result == PB_OK; number++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at)), *stop = newline ? newline : end;
        size_t raw_size = (size_t)(stop - at), size = raw_size - (raw_size > 0 && stop[-1] == '\r');
        const char *wrong = pb_line_split(&line, at, size);
        bool blank = !wrong && line.count == 0;
        bool here = !headed && !wrong && is_header(table->kind, &line);
        if (!headed && !here && !blank && !header_optional)
            result = pb_status_fail(
                error, PB_FILE, "%s:%u: the header line is missing: put `%s` above the rows%s",
                table->path, number, header_of(table->kind, header, sizeof header),
                memchr(at, ';', size) ? " (with commas, not semicolons)" : "");
        else if (table->count >= PB_TABLE_ROWS_MAX)
            result =
                pb_status_fail(error, PB_FILE, "%s has more than %u lines: too many to be read",
                               table->path, PB_TABLE_ROWS_MAX);
        else if (!here && (headed || !blank) &&
                 !take_line(table, &line, wrong, at, raw_size, number))
            result = pb_table_no_memory(table, error);
        headed = headed || !blank;
        at = newline ? newline + 1 : end;
    }
    pb_line_close(&line);
    return result;
}

int pb_tableread_text(struct pb_table *table, bool header_optional, struct pb_error *error)
{
    int result = parse_lines(table, header_optional, error);
    if (result == PB_OK && table->kind->unique && !find_clashes(table))
        result = pb_table_no_memory(table, error);
    if (result == PB_OK && table->bad_count > PB_TABLE_REPORTS_MAX)
        pb_table_say(table, "%s: and %zu more bad lines", table->path,
                     table->bad_count - PB_TABLE_REPORTS_MAX);
    if (result != PB_OK)
        pb_table_forget_rows(table);
    return result;
}
