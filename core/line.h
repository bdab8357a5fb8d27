/* One line of a CSV file: its columns, by libcsv, and back. The only file that knows how CSV is
 * quoted. */
#ifndef PLUGBOARD_LINE_H
#define PLUGBOARD_LINE_H

#include <csv.h>
#include <stdbool.h>
#include <stddef.h>

#define PB_LINE_COLUMNS_MAX 8
#define PB_LINE_MAX         (68u << 10) /* bytes; two keys of PB_KEY_MAX quotes, quoted, fit */

struct pb_line {
    size_t count; /* columns; may be more than are kept; 0: a blank line */
    const char *field[PB_LINE_COLUMNS_MAX]; /* each ends in a NUL; lent until the next split */
    size_t size[PB_LINE_COLUMNS_MAX];
    size_t rows, used;
    char *text; /* of the fields */
    struct csv_parser parser;
};

/* False: no memory (then nothing is to be closed). */
bool pb_line_open(struct pb_line *line);

/* Splits one line, given without its newline. Returns NULL, or what is wrong with it: a whole
 * clause. */
const char *pb_line_split(struct pb_line *line, const char *text, size_t size);

/* Wipes (there may be private keys) and frees. */
void pb_line_close(struct pb_line *line);

/* Fields as a CSV line with its newline, quoted where needed, and a NUL. Returns its length; if
 * that is not less than size, what is in `to` is of no use. to may be NULL when size is 0. */
size_t pb_line_write(char *to, size_t size, const char *const *fields, size_t count);

#endif
