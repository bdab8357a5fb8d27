/* From bytes to the lines of commands, whatever bytes come: bounded, and one line after the other.
 */
#ifndef PLUGBOARD_FTPD_LINES_H
#define PLUGBOARD_FTPD_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FTP_LINE_MAX 4096 /* bytes of a line, its end included */

/* Zeroed at the start. */
struct ftp_lines {
    uint8_t bytes[4 * FTP_LINE_MAX]; /* what has arrived and was not taken yet */
    size_t used;
    bool skipping; /* inside a line that is too long */
};

/* Where the next bytes go. *room 0: full, take lines first. */
uint8_t *ftp_lines_room(struct ftp_lines *lines, size_t *room);
void ftp_lines_came(struct ftp_lines *lines, size_t size);

enum ftp_line { FTP_LINE_NONE, FTP_LINE_ONE, FTP_LINE_TOO_LONG };

/* The next line, without its end (CR LF, or LF alone), NUL-terminated; *size counts a NUL inside.
 * FTP_LINE_TOO_LONG: a line has been dropped. */
enum ftp_line ftp_lines_take(struct ftp_lines *lines, char line[FTP_LINE_MAX], size_t *size);

/* The same without taking it. */
enum ftp_line ftp_lines_peek(const struct ftp_lines *lines, char line[FTP_LINE_MAX], size_t *size);

#endif
