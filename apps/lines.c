/* Reading lines without stdio: poll(2) knows nothing of what stdio has read ahead. */
#include "lines.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 64 * 1024 };

/* Room for CHUNK more bytes behind `end`. What waits is never more than one line and one chunk. */
static int make_room(struct pb_lines *lines, struct pb_error *error)
{
    if (lines->room - lines->end >= CHUNK)
        return PB_OK;
    if (lines->start > 0) {
        memmove(lines->text, lines->text + lines->start, lines->end - lines->start);
        lines->end -= lines->start;
        lines->searched -= lines->start;
        lines->start = 0;
    }
    if (lines->room - lines->end >= CHUNK)
        return PB_OK;
    size_t room = 2 * lines->room + CHUNK;
    char *text = realloc(lines->text, room);
    if (!text)
        return pb_status_fail(error, PB_SYSTEM, "no memory for a line of %zu bytes", room);
    lines->text = text;
    lines->room = room;
    return PB_OK;
}

int pb_lines_fill(struct pb_lines *lines, int fd, struct pb_error *error)
{
    int result = make_room(lines, error);
    if (result != PB_OK)
        return result;
    ssize_t got = read(fd, lines->text + lines->end, CHUNK);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return PB_OK;
    if (got < 0)
        return pb_status_fail(error, PB_SYSTEM, "the input cannot be read: %s", strerror(errno));
    lines->ended = got == 0;
    lines->end += (size_t)got;
    return PB_OK;
}

int pb_lines_next(struct pb_lines *lines, const char **line, size_t *size, struct pb_error *error)
{
    if (lines->start == lines->end)
        return lines->ended ? PB_ENDED : PB_AGAIN;
    const char *newline = memchr(lines->text + lines->searched, '\n', lines->end - lines->searched);
    size_t end = newline ? (size_t)(newline - lines->text) : lines->end;
    if (end - lines->start > PB_LINES_MAX)
        return pb_status_fail(error, PB_FILE,
                              "line %lu is longer than a message can be (%u bytes): neither it nor "
                              "what follows was sent",
                              lines->number + 1, PB_LINES_MAX);
    lines->searched = end;
    if (!newline && !lines->ended)
        return PB_AGAIN;
    *line = lines->text + lines->start;
    *size = end - lines->start;
    lines->number++;
    lines->start = lines->searched = newline ? end + 1 : end;
    return PB_OK;
}

void pb_lines_free(struct pb_lines *lines)
{
    free(lines->text);
    *lines = (struct pb_lines){0};
}
