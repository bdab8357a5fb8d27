/* Replies of an FTP server (RFC 959, 4.2), without a socket: bytes in, whole replies out. Hostile
 * servers are expected: what is kept is bounded, however long a line or a reply is. */
#ifndef PLUGBOARD_FTP_ANSWER_H
#define PLUGBOARD_FTP_ANSWER_H

#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FTP_ANSWER_LINE_MAX 4096        /* bytes kept of a line */
#define FTP_ANSWER_TEXT_MAX (32u << 10) /* bytes kept of a reply; what is more is dropped */
#define FTP_ANSWER_MAX      (1u << 20) /* a reply that is longer is no reply: the connection ends */

/* Zeroed = nothing came yet. */
struct ftp_answer {
    int code;                           /* 100 to 599; 0: not whole yet */
    char text[FTP_ANSWER_TEXT_MAX + 1]; /* its lines without the code, split by '\n', as they came:
                                          not for a terminal */
    size_t size;

    int first; /* code of the first line of several; 0: none yet */
    char line[FTP_ANSWER_LINE_MAX + 1];
    size_t line_size, total;
};

/* Takes bytes up to the end of a reply; *data and *size are what is left of them. PB_OK: a reply is
 * whole. PB_AGAIN: all is taken, more is needed. PB_PROTOCOL: that is no FTP server. After PB_OK
 * the next call begins a new reply. */
int ftp_answer_take(struct ftp_answer *reply, const char **data, size_t *size,
                    struct pb_error *error) PB_CHECKED;

/* The line of the reply that begins with `word` (a feature of FEAT), behind blanks; without regard
 * to case, up to its end or a blank. NULL: none. The rest of the line follows it. */
const char *ftp_answer_line(const struct ftp_answer *reply, const char *word);

/* 257 "a ""b""": the name between the quotes, undoubled. False: there is none, or it does not fit.
 */
bool ftp_answer_quoted(const struct ftp_answer *reply, char *name, size_t size);

/* A decimal number at the start of a reply's text: that of SIZE. */
bool ftp_answer_number(const struct ftp_answer *reply, uint64_t *number);

/* 227: six numbers anywhere in the text; the first four are given too, but must not be followed.
 * 229: (|||port|). False: it is not as it should be. */
bool ftp_answer_227(const char *text, unsigned char address[4], uint16_t *port);
bool ftp_answer_229(const char *text, uint16_t *port);

/* 213 of HASH: "SHA-256 FROM-TO HEX NAME", any order of words: the 64 hexadecimal digits, in small
 * letters. */
bool ftp_answer_sha256(const struct ftp_answer *reply, char hex[65]);

#endif
