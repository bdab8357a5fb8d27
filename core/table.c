/* Rows of a CSV file: reading the file, changing rows, writing it. */
#include "table_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

size_t pb_table_columns(const struct pb_table_kind *kind)
{
    size_t count = 0;
    while (count < PB_LINE_COLUMNS_MAX && kind->columns[count])
        count++;
    return count;
}

void pb_table_say(const struct pb_table *table, const char *format, ...)
{
    char sentence[PB_ERROR_MAX];
    va_list arguments;
    if (!table->report || !table->report->say)
        return;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    table->report->say(table->report->context, sentence);
}

int pb_table_no_memory(const struct pb_table *table, struct pb_error *error)
{
    return pb_status_fail(error, PB_SYSTEM, "%s: not enough memory", table->path);
}

/* ---- rows ---- */

struct pb_table_row *pb_table_new_row(struct pb_table *table)
{
    if (table->count == table->room) {
        size_t room = table->room ? 2 * table->room : 16;
        struct pb_table_row *rows = realloc(table->rows, room * sizeof *rows);
        if (!rows)
            return NULL;
        table->rows = rows;
        table->room = room;
    }
    struct pb_table_row *row = &table->rows[table->count++];
    memset(row, 0, sizeof *row);
    return row;
}

static void forget_block(struct pb_table_row *row)
{
    if (row->block)
        explicit_bzero(row->block, row->block_size);
    free(row->block);
    row->block = NULL;
}

bool pb_table_own_fields(struct pb_table_row *row, const char *const *fields, const size_t *sizes,
                         size_t count)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += sizes[i] + 1;
    char *block = malloc(total), *to = block;
    if (!block)
        return false;
    for (size_t i = 0; i < count; i++) {
        memcpy(to, fields[i], sizes[i]);
        to[sizes[i]] = 0;
        row->field[i] = to;
        to += sizes[i] + 1;
    }
    forget_block(row); /* only now: fields may point into it */
    row->block = block;
    row->block_size = total;
    return true;
}

static int put_fields(struct pb_table *table, struct pb_table_row *row, const char *const *fields,
                      struct pb_error *error)
{
    const struct pb_table_kind *kind = table->kind;
    size_t sizes[PB_LINE_COLUMNS_MAX], count = pb_table_columns(kind);
    for (size_t i = 0; i < count; i++) {
        sizes[i] = strlen(fields[i]);
        const char *why = kind->check[i] ? kind->check[i](fields[i], sizes[i]) : NULL;
        if (why)
            return pb_status_fail(error, PB_REFUSED, "%s %s", kind->columns[i], why);
    }
    if (row && !pb_table_own_fields(row, fields, sizes, count))
        return pb_table_no_memory(table, error);
    return PB_OK;
}

int pb_table_add(struct pb_table *table, const char *const *fields, struct pb_error *error)
{
    int result =
        put_fields(table, NULL, fields, error); /* first only the checks: no row to take back */
    if (result != PB_OK)
        return result;
    if (table->count >= PB_TABLE_ROWS_MAX)
        return pb_status_fail(error, PB_FILE, "%s has %u lines, more it cannot have: remove some",
                              table->path, PB_TABLE_ROWS_MAX);
    struct pb_table_row *row = pb_table_new_row(table);
    if (!row)
        return pb_table_no_memory(table, error);
    result = put_fields(table, row, fields, error);
    row->removed = result != PB_OK;
    return result;
}

int pb_table_set(struct pb_table *table, struct pb_table_row *row, const char *const *fields,
                 struct pb_error *error)
{
    int result = put_fields(table, row, fields, error);
    if (result == PB_OK)
        row->raw = NULL;
    return result;
}

void pb_table_remove(struct pb_table_row *row)
{
    row->removed = true;
}

struct pb_table_row *pb_table_next(const struct pb_table *table, const struct pb_table_row *row)
{
    for (size_t i = row ? (size_t)(row - table->rows) + 1 : 0; i < table->count; i++)
        if (table->rows[i].field[0] && !table->rows[i].bad && !table->rows[i].removed)
            return &table->rows[i];
    return NULL;
}

/* ---- a whole file ---- */

void pb_table_forget_rows(struct pb_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        forget_block(&table->rows[i]);
    free(table->rows);
    table->rows = NULL;
    table->count = table->room = table->bad_count = 0;
    if (table->text)
        explicit_bzero(table->text, table->text_size);
    free(table->text);
    table->text = NULL;
    table->text_size = 0;
}

static int prepare(struct pb_table *table, const struct pb_table_kind *kind, const char *path,
                   const struct pb_table_report *report, struct pb_error *error)
{
    bool warned = table->warned;
    memset(table, 0, sizeof *table);
    table->warned = warned;
    table->kind = kind;
    table->report = report;
    table->path = strdup(path);
    return table->path ? PB_OK : pb_status_fail(error, PB_SYSTEM, "%s: not enough memory", path);
}

int pb_table_parse(struct pb_table *table, const struct pb_table_kind *kind, const char *name,
                   const void *text, size_t size, bool header_optional,
                   const struct pb_table_report *report, struct pb_error *error)
{
    int result = prepare(table, kind, name, report, error);
    if (result != PB_OK)
        return result;
    if (size > PB_TABLE_FILE_MAX)
        return pb_status_fail(error, PB_FILE, "%s is larger than %u bytes", name,
                              PB_TABLE_FILE_MAX);
    if (!(table->text = malloc(size + 1)))
        return pb_table_no_memory(table, error);
    if (size)
        memcpy(table->text, text, size);
    table->text_size = size;
    return pb_tableread_text(table, header_optional, error);
}

int pb_table_read_fd(struct pb_table *table, const struct pb_table_kind *kind, const char *name,
                     int fd, bool header_optional, const struct pb_table_report *report,
                     struct pb_error *error)
{
    int result = prepare(table, kind, name, report, error);
    if (result == PB_OK)
        result = pb_rewrite_read(fd, table->path, PB_TABLE_FILE_MAX, &table->text,
                                 &table->text_size, error);
    if (result == PB_OK)
        return pb_tableread_text(table, header_optional, error);
    pb_table_forget_rows(table);
    return result;
}

static void stamp(struct pb_table *table, const struct stat *status)
{
    table->exists = true;
    table->stamp.device = status->st_dev;
    table->stamp.inode = status->st_ino;
    table->stamp.size = status->st_size;
    table->stamp.changed = status->st_ctim; /* nobody can set it back, unlike st_mtim */
}

bool pb_table_changed(const struct pb_table *table)
{
    struct stat status;
    if (!table->path)
        return true;
    if (stat(table->path, &status) < 0)
        return table->exists;
    return !table->exists || status.st_dev != table->stamp.device ||
           status.st_ino != table->stamp.inode || status.st_size != table->stamp.size ||
           status.st_ctim.tv_sec != table->stamp.changed.tv_sec ||
           status.st_ctim.tv_nsec != table->stamp.changed.tv_nsec;
}

/* Opens, looks, reads, parses; the table is prepared. */
static int load(struct pb_table *table, struct pb_error *error)
{
    struct stat status;
    int result = PB_OK;
    int fd = open(table->path,
                  O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); /* a pipe there must not stop us */
    if (fd < 0) {
        int reason = errno;
        if (stat(table->path, &status) == 0)
            stamp(table, &status);
        if (reason == ENOENT)
            return PB_OK;
        return pb_status_fail(error, PB_SYSTEM, "%s cannot be read: %s", table->path,
                              strerror(reason));
    }
    if (fstat(fd, &status) < 0) {
        result =
            pb_status_fail(error, PB_SYSTEM, "%s cannot be read: %s", table->path, strerror(errno));
        goto out;
    }
    stamp(table, &status);
    if (!S_ISREG(status.st_mode)) {
        result = pb_status_fail(error, PB_FILE, "%s is not a file but %s", table->path,
                                S_ISDIR(status.st_mode) ? "a folder" : "a device or pipe");
        goto out;
    }
    if (status.st_mode & 077 && !table->warned) {
        table->warned = true;
        pb_table_say(table, "warning: others on this machine can %s %s (mode %04o): chmod 600 %s",
                     status.st_mode & 022 ? "change" : "read", table->path,
                     (unsigned)status.st_mode & 07777, table->path);
    }
    result =
        pb_rewrite_read(fd, table->path, PB_TABLE_FILE_MAX, &table->text, &table->text_size, error);
    if (result == PB_OK)
        result = pb_tableread_text(table, false, error);
out:
    close(fd);
    if (result != PB_OK)
        pb_table_forget_rows(table);
    return result;
}

int pb_table_read(struct pb_table *table, const struct pb_table_kind *kind, const char *path,
                  const struct pb_table_report *report, struct pb_error *error)
{
    int result = prepare(table, kind, path, report, error);
    return result == PB_OK ? load(table, error) : result;
}

int pb_table_begin(struct pb_table *table, const struct pb_table_kind *kind, const char *path,
                   const struct pb_table_report *report, struct pb_error *error)
{
    int result = prepare(table, kind, path, report, error);
    if (result == PB_OK)
        result = pb_rewrite_lock(&table->rewrite, path,
                                 report && report->hurried ? 0 : PB_REWRITE_SECONDS, error);
    return result == PB_OK ? load(table, error) : result;
}

void pb_table_free(struct pb_table *table)
{
    bool warned = table->warned;
    pb_rewrite_unlock(&table->rewrite);
    pb_table_forget_rows(table);
    free(table->path);
    memset(table, 0, sizeof *table);
    table->warned = warned;
}

/* ---- writing ---- */

static size_t row_size(const struct pb_table_row *row, size_t columns)
{
    return row->raw ? row->raw_size + 1 : pb_line_write(NULL, 0, row->field, columns);
}

static int commit(struct pb_table *table, const struct pb_rewrite *rewrite, const char *name,
                  struct pb_error *error)
{
    size_t columns = pb_table_columns(table->kind),
           size = pb_line_write(NULL, 0, table->kind->columns, columns), used;
    for (size_t i = 0; i < table->count; i++)
        if (!table->rows[i].removed)
            size += row_size(&table->rows[i], columns);
    if (size > PB_TABLE_FILE_MAX)
        return pb_status_fail(error, PB_FILE,
                              "%s would be larger than 16 MiB: remove some rows; it is unchanged",
                              table->path);
    char *text = malloc(size + 1);
    if (!text)
        return pb_table_no_memory(table, error);
    used = pb_line_write(text, size + 1, table->kind->columns, columns);
    for (size_t i = 0; i < table->count; i++) {
        const struct pb_table_row *row = &table->rows[i];
        if (row->removed)
            continue;
        if (row->raw) {
            memcpy(text + used, row->raw, row->raw_size);
            text[used + row->raw_size] = '\n';
            used += row->raw_size + 1;
        } else {
            used += pb_line_write(text + used, size + 1 - used, row->field, columns);
        }
    }
    int result = pb_rewrite_put(rewrite, name, table->path, text, size, error);
    explicit_bzero(text, size);
    free(text);
    return result;
}

int pb_table_commit(struct pb_table *table, struct pb_error *error)
{
    return commit(table, &table->rewrite, table->rewrite.name, error);
}

int pb_table_commit_beside(struct pb_table *table, const struct pb_table *holder,
                           struct pb_error *error)
{
    const char *slash = strrchr(table->path, '/');
    return commit(table, &holder->rewrite, slash ? slash + 1 : table->path, error);
}

int pb_table_path(char *path, const char *folder, const char *name, struct pb_error *error)
{
    if (snprintf(path, PATH_MAX, "%s/%s", folder, name) >= PATH_MAX)
        return pb_status_fail(error, PB_USAGE, "the name of the folder %.200s... is too long",
                              folder);
    return PB_OK;
}
