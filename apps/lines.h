/* Lines of a descriptor, one message each: for input from a pipe, and at a plain prompt. */
#ifndef PLUGBOARD_LINES_H
#define PLUGBOARD_LINES_H

#include "status.h"

#include <stdbool.h>
#include <stddef.h>

#define PB_LINES_MAX (PB_MESSAGE_MAX - 1) /* longest line, in bytes: what fits into one message */

/* Zeroed = nothing read yet. */
struct pb_lines {
    char *text; /* owned; what was read and not taken yet lies from start to end */
    size_t start, end, room;
    size_t searched;      /* up to here there is no newline */
    unsigned long number; /* of the line taken last, from 1 */
    bool ended;           /* the input is over */
};

/* One read(2) of fd. PB_OK, also at its end. */
int pb_lines_fill(struct pb_lines *lines, int fd, struct pb_error *error) PB_CHECKED;

/* The next line, without its newline, lent until the next fill. A last line without one counts.
 * PB_AGAIN: read more. PB_ENDED: there is no more. PB_FILE: the line is longer than PB_LINES_MAX.
 */
int pb_lines_next(struct pb_lines *lines, const char **line, size_t *size,
                  struct pb_error *error) PB_CHECKED;

void pb_lines_free(struct pb_lines *lines);

#endif
