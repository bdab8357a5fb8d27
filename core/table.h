/* A CSV file with a required header line: read whole, bad rows reported and left out, written so
 * that neither a crash nor two programs lose a row. What the columns mean is known by keyfile,
 * allowlist and the other lists.
 *
 *     only read:                pb_table_read                                     pb_table_free
 *     read, change and write:   pb_table_begin, add/set/remove, pb_table_commit,  pb_table_free
 *
 * A row is one line: quotes left open spoil their own line only. Writing keeps every line that was
 * not changed, byte for byte, bad ones too: somebody typed them and may want to repair them. */
#ifndef PLUGBOARD_TABLE_H
#define PLUGBOARD_TABLE_H

#include "field.h"
#include "line.h"
#include "rewrite.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#define PB_TABLE_FILE_MAX    (16u << 20) /* bytes; a larger file is not read at all */
#define PB_TABLE_ROWS_MAX    100000u
#define PB_TABLE_REPORTS_MAX 20 /* bad rows told one by one; then only how many more */

/* Who hears of bad rows and wide permissions: whole sentences without a newline. NULL wherever a
 * report is asked for: nobody. */
struct pb_table_report {
    void (*say)(void *context, const char *sentence);
    void *context;
    bool hurried; /* do not wait for another program's lock (PB_TIMEOUT): others wait for us */
};

struct pb_table_row;

/* What a file of one kind looks like. */
struct pb_table_kind {
    const char *columns[PB_LINE_COLUMNS_MAX];   /* NULL after the last */
    pb_field_check *check[PB_LINE_COLUMNS_MAX]; /* of each column */
    unsigned unique; /* bits of the columns that together may occur once only; 0: no such rule */
    /* Says why `row` clashes with the earlier row `first`; NULL: a sentence made from the columns'
     * names. */
    void (*clash)(char *reason, size_t size, const struct pb_table_row *first,
                  const struct pb_table_row *row);
};

struct pb_table_row {
    unsigned line;                          /* in the file, from 1; 0: added since */
    const char *field[PB_LINE_COLUMNS_MAX]; /* owned; NULL in a row that could not be read */
    bool bad; /* reported and not to be used; may have fields (a clash) */
    bool removed;
    const char *raw; /* the line as it was, without its end; NULL: changed or added */
    size_t raw_size;
    char *block; /* memory of the fields */
    size_t block_size;
};

struct pb_table {
    const struct pb_table_kind *kind;
    const struct pb_table_report *report;
    char *path;                /* as given: for sentences */
    struct pb_table_row *rows; /* blank lines are rows without fields */
    size_t count, room;
    size_t bad_count;
    char *text; /* the whole file */
    size_t text_size;
    bool exists; /* the file was there */
    bool warned; /* of wide permissions; set it before reading to hear no warning */
    struct {     /* of the file that was read: pb_table_changed */
        dev_t device;
        ino_t inode;
        off_t size;
        struct timespec changed;
    } stamp;
    struct pb_rewrite rewrite; /* the lock, from pb_table_begin on */
};

/* Reads without a lock (a reader sees the old file or the new one). table: zeroed or freed before.
 * A file that is not there, or empty, is a table without rows. PB_FILE: no or another header line,
 * too large, not a regular file. PB_SYSTEM: cannot be read. report stays lent until pb_table_free.
 * After a failure there are no rows, and pb_table_free is due. */
int pb_table_read(struct pb_table *table, const struct pb_table_kind *kind, const char *path,
                  const struct pb_table_report *report, struct pb_error *error) PB_CHECKED;

/* The same from memory; name is for the sentences. header_optional: without a header line the first
 * line is a row. */
int pb_table_parse(struct pb_table *table, const struct pb_table_kind *kind, const char *name,
                   const void *text, size_t size, bool header_optional,
                   const struct pb_table_report *report, struct pb_error *error) PB_CHECKED;

/* The same from a descriptor that may be a pipe. */
int pb_table_read_fd(struct pb_table *table, const struct pb_table_kind *kind, const char *name,
                     int fd, bool header_optional, const struct pb_table_report *report,
                     struct pb_error *error) PB_CHECKED;

/* Locks the file's folder (all writers of a folder wait for each other), clears away what a killed
 * program left, and reads. pb_table_free lets the lock go in every case. PB_TIMEOUT: somebody has
 * held the lock for 10 seconds. */
int pb_table_begin(struct pb_table *table, const struct pb_table_kind *kind, const char *path,
                   const struct pb_table_report *report, struct pb_error *error) PB_CHECKED;

/* Writes it (rewrite.h). On failure the old file is as it was. The lock stays until pb_table_free.
 */
int pb_table_commit(struct pb_table *table, struct pb_error *error) PB_CHECKED;

/* Writes a table that was read by pb_table_read while another table of the same folder holds the
 * lock: the file is named by the last part of its path. */
int pb_table_commit_beside(struct pb_table *table, const struct pb_table *holder,
                           struct pb_error *error) PB_CHECKED;

/* Lets the lock go, wipes (there may be private keys) and frees. A zeroed table is fine; the table
 * is zeroed after it, but for `warned`. */
void pb_table_free(struct pb_table *table);

/* True if the file is not (any more) the one that was read. */
bool pb_table_changed(const struct pb_table *table);

/* The next good row after `row` (NULL: the first), or NULL. */
struct pb_table_row *pb_table_next(const struct pb_table *table, const struct pb_table_row *row);

/* Adds a row of copies of fields[]; all must pass the kind's checks: PB_REFUSED otherwise, with
 * what is wrong. Clashes are the caller's to look for. */
int pb_table_add(struct pb_table *table, const char *const *fields,
                 struct pb_error *error) PB_CHECKED;

/* Gives a row other fields; the same rules. fields[] may point into the row itself. */
int pb_table_set(struct pb_table *table, struct pb_table_row *row, const char *const *fields,
                 struct pb_error *error) PB_CHECKED;

void pb_table_remove(struct pb_table_row *row);

/* folder + "/" + name into path (room for PATH_MAX). */
int pb_table_path(char *path, const char *folder, const char *name,
                  struct pb_error *error) PB_CHECKED;

#endif
