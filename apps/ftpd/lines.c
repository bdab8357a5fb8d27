/* A buffer of a few lines: more than that is left in the socket, where it slows down who sends it.
 */
#include "lines.h"

#include <string.h>

uint8_t *ftp_lines_room(struct ftp_lines *lines, size_t *room)
{
    *room = sizeof lines->bytes - lines->used;
    return lines->bytes + lines->used;
}

static void drop(struct ftp_lines *lines, size_t size)
{
    lines->used -= size;
    memmove(lines->bytes, lines->bytes + size, lines->used);
}

/* What is too long is forgotten while it comes: it takes no more room than a good line. */
static void forget_long(struct ftp_lines *lines)
{
    const uint8_t *end = memchr(lines->bytes, '\n', lines->used);
    if (!end && lines->used >= FTP_LINE_MAX) {
        lines->skipping = true;
        lines->used = 0;
    }
}

void ftp_lines_came(struct ftp_lines *lines, size_t size)
{
    lines->used += size;
    forget_long(lines);
}

enum ftp_line ftp_lines_peek(const struct ftp_lines *lines, char line[FTP_LINE_MAX], size_t *size)
{
    const uint8_t *end = memchr(lines->bytes, '\n', lines->used);
    *size = 0;
    line[0] = 0;
    if (!end)
        return FTP_LINE_NONE;
    size_t length = (size_t)(end - lines->bytes);
    if (lines->skipping || length + 1 > FTP_LINE_MAX)
        return FTP_LINE_TOO_LONG;
    if (length > 0 && lines->bytes[length - 1] == '\r')
        length--;
    memcpy(line, lines->bytes, length);
    line[length] = 0;
    *size = length;
    return FTP_LINE_ONE;
}

enum ftp_line ftp_lines_take(struct ftp_lines *lines, char line[FTP_LINE_MAX], size_t *size)
{
    enum ftp_line what = ftp_lines_peek(lines, line, size);
    if (what == FTP_LINE_NONE)
        return what;
    const uint8_t *end = memchr(lines->bytes, '\n', lines->used);
    drop(lines, (size_t)(end - lines->bytes) + 1);
    lines->skipping = false;
    forget_long(lines);
    return what;
}
