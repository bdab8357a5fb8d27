/* The other side: commands to an FTP server and its replies, one at a time or a few ahead, and the
 * data of a transfer. Knows the protocol and no command line.
 *
 * Every function that can fail: PB_OK, or with a sentence
 *     PB_REFUSED       the server said no (4xx, 5xx); the session goes on
 *     PB_INTERRUPTED   Ctrl-C; the session goes on
 *     PB_USAGE         the name cannot be sent; nothing was
 *     PB_FILE          something on this side; the session goes on
 *     others           see remote->gone: if it is set, the session is over */
#ifndef PLUGBOARD_FTP_REMOTE_H
#define PLUGBOARD_FTP_REMOTE_H

#include "answer.h"
#include "carrier.h"

#include <stdarg.h>
#include <stdatomic.h>

#define FTP_REMOTE_PATH_MAX 4000 /* bytes; a command line has 4096 */

struct ftp_remote {
    struct ftp_carrier carrier;
    struct ftp_answer reply; /* the last one */
    const char *came;        /* bytes of replies that were received and not taken */
    size_t came_size;
    char gathered[16 << 10]; /* commands that go out together */
    size_t gathered_size;
    unsigned seconds;                        /* how long the server may be silent */
    bool gone;                               /* the session is over */
    bool verbose;                            /* shows every command and reply */
    bool mlsd, hash, size, mdtm, mfmt, epsv; /* what the server can do */
    char folder[FTP_REMOTE_PATH_MAX + 1];    /* the working folder, as PWD said it last */
};

/* ---- commands ---- */

/* Gathers one command; it goes out with the next flush, or hear. CR, LF and NUL never reach the
 * wire: PB_USAGE. */
int ftp_remote_say(struct ftp_remote *remote, struct pb_error *error, const char *format, ...)
    PB_PRINTF(3, 4) PB_CHECKED;
int ftp_remote_flush(struct ftp_remote *remote, struct pb_error *error) PB_CHECKED;

/* The next reply, whatever it says. */
int ftp_remote_hear(struct ftp_remote *remote, struct pb_error *error) PB_CHECKED;

/* Between two commands of a person: a reply that is here already was asked for by nobody, and must
 * not be taken for the answer to what comes next. Does not wait. (421: the session is over.) */
void ftp_remote_settle(struct ftp_remote *remote);

/* The next final reply; PB_REFUSED, with its text, unless it is 2xx or 3xx. what: "put a.txt". */
int ftp_remote_result(struct ftp_remote *remote, const char *what,
                      struct pb_error *error) PB_CHECKED;

/* Says and hears. */
int ftp_remote_ask(struct ftp_remote *remote, const char *what, struct pb_error *error,
                   const char *format, ...) PB_PRINTF(4, 5) PB_CHECKED;

/* PB_REFUSED with the reply's own words. */
int ftp_remote_refused(const struct ftp_remote *remote, const char *what,
                       struct pb_error *error) PB_CHECKED;

/* ---- beginning and end ---- */

/* Hears the greeting, logs in, asks what the server can do. password: asked for when the server
 * wants one (plain FTP only); it fills a buffer of PB_KEY_MAX bytes. */
int ftp_remote_login(struct ftp_remote *remote, const char *user,
                     int (*password)(void *context, char *password, size_t size,
                                     struct pb_error *error),
                     void *context, struct pb_error *error) PB_CHECKED;

/* Where are we? Into remote->folder. */
int ftp_remote_where(struct ftp_remote *remote, struct pb_error *error) PB_CHECKED;

/* QUIT, if there is somebody to say it to, and the end of the carrier. */
void ftp_remote_quit(struct ftp_remote *remote);

/* ---- transfers ---- */

/* What becomes of received bytes. */
typedef int ftp_remote_sink(void *context, const uint8_t *data, size_t size,
                            struct pb_error *error);

/* Before a transfer's command in plain FTP: asks for a port and connects. Sealed: does nothing. */
int ftp_remote_prepare(struct ftp_remote *remote, struct ftp_flow *flow,
                       struct pb_error *error) PB_CHECKED;

/* After the command was said: hears 150 (sealed: joins), moves the data, hears the final reply.
 * count goes up with the bytes; it may be looked at from elsewhere. A stream that was cut is a
 * failure, whatever the server says. */
int ftp_remote_receive(struct ftp_remote *remote, struct ftp_flow *flow, ftp_remote_sink *sink,
                       void *context, atomic_uint_least64_t *count, const char *what,
                       struct pb_error *error) PB_CHECKED;
int ftp_remote_send(struct ftp_remote *remote, struct ftp_flow *flow, int fd,
                    atomic_uint_least64_t *count, const char *what,
                    struct pb_error *error) PB_CHECKED;

/* All three at once, for a listing. */
int ftp_remote_collect(struct ftp_remote *remote, ftp_remote_sink *sink, void *context,
                       const char *what, struct pb_error *error, const char *format, ...)
    PB_PRINTF(6, 7) PB_CHECKED;

/* Commands were sent ahead (sealed only) and are not wanted any more: hears all that is due,
 * refusing transfers. */
void ftp_remote_tidy(struct ftp_remote *remote, int replies);

#endif
