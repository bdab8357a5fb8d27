/* A session as FTP sees it, whatever its bytes travel in: who is there, where, and what is under
 * way. Its chapters:
 *
 *     session.c   the loop: a line, its verb, the limits, the end      login.c     USER PASS REIN
 * ... lines.c     bytes to lines                                       place.c     CWD MKD DELE
 * RNFR SITE ... verbs.c     the table of verbs                                   transfer.c  RETR
 * STOR ..., and how any transfer goes reply.c     codes and sentences lists.c     LIST NLST MLSD
 * MLST STAT journal.c   the transfer log                                     info.c      FEAT OPTS
 * SIZE MDTM HASH ... data.c      PASV EPSV PORT EPRT TYPE MODE STRU
 *
 * It is one process, and does one thing at a time. While a transfer goes on, ftp_session_look is
 * called whenever the client has said something. */
#ifndef PLUGBOARD_FTPD_SESSION_H
#define PLUGBOARD_FTPD_SESSION_H

#include "lines.h"
#include "listing.h"
#include "replies.h"
#include "root.h"
#include "server/server.h"
#include "transport.h"
#include "upload.h"
#include "users.h"

#include <limits.h>

#define FTP_USER_MAX        64
#define FTP_FAILURES_MAX    3  /* wrong passwords, then 421 */
#define FTP_FAILURE_SECONDS 1  /* each of them costs this */
#define FTP_ACCEPT_SECONDS  10 /* for a data connection to be made */
#define FTP_STALL_SECONDS   60 /* for a data connection to move a byte; not more than --idle */

/* The command line, and what was opened by it. The same for every session. */
struct ftp_settings {
    struct ftp_root root;
    const char *users_file; /* NULL: none */
    bool cleartext, anonymous, read_only;
    const char *advertise; /* in the reply to PASV; NULL: our own address */
    unsigned idle;         /* seconds; 0: for ever */
    int journal_fd;        /* the transfer log; -1: none */
};

enum ftp_login { FTP_STRANGER, FTP_NAMED, FTP_LOGGED_IN };

/* What is under way, for STAT and the transfer log. */
struct ftp_transfer {
    const char *verb; /* NULL: nothing */
    const char *path; /* lent */
    uint64_t bytes;
    int64_t began; /* milliseconds, pb_clock_now */
    bool upload;
    bool aborted; /* ABOR came */
    bool cut;     /* the commands' connection broke */
};

struct ftp_session {
    const struct ftp_settings *settings;
    const struct pb_service_session *about;
    struct ftp_transport *transport;
    struct ftp_users *users; /* NULL: no file */
    struct ftp_lines lines;

    enum ftp_login login;
    char user[FTP_USER_MAX + 1];
    unsigned failures;
    struct ftp_root root; /* this user's */
    int own_root;         /* its descriptor if it is not the settings' one; -1 */

    char cwd[FTP_PATH_MAX];
    char rename_from[FTP_PATH_MAX]; /* "": no RNFR came right before */
    uint64_t restart;
    bool ascii;
    bool extended_only; /* EPSV ALL */
    unsigned facts;

    struct ftp_transfer transfer;
    struct ftp_upload *upload; /* NULL: none is under way */

    char reply[8192]; /* lines of a reply that are not sent yet */
    size_t reply_size;
    bool quit;              /* after this command the session ends */
    struct pb_error *error; /* why it ends, if it is not the client's wish */
};

/* Runs it to its end, from 220 on. A status, as pb_service.run gives it. */
int ftp_session_run(struct ftp_session *session);

/* During a transfer: hears what the client says, and answers what is answered at once.
 * PB_INTERRUPTED: the transfer is to be given up. */
int ftp_session_look(void *session, struct pb_error *error);

/* ---- reply.c ---- */

/* "250 SENTENCE"; text NULL: the table's. Control bytes become '?'. */
void ftp_reply(struct ftp_session *session, enum ftp_reply reply);
void ftp_reply_text(struct ftp_session *session, enum ftp_reply reply, const char *format, ...)
    PB_PRINTF(3, 4);
/* What came of something with files. FTP_OK is 250. */
void ftp_reply_error(struct ftp_session *session, enum ftp_error error);
/* A reply of several lines: its first, lines as they are (each put with CRLF added), its last. */
void ftp_reply_begin(struct ftp_session *session, enum ftp_reply reply, const char *text);
void ftp_reply_line(struct ftp_session *session, const char *format, ...) PB_PRINTF(2, 3);
int ftp_reply_raw(void *session, const char *line,
                  size_t size); /* as an ftp_listing_put: with its CRLF already */
void ftp_reply_end(struct ftp_session *session, enum ftp_reply reply, const char *text);

/* ---- transfer.c: how any transfer goes ---- */

/* Says 150, and waits for the data connection. verb and path are lent until it is closed;
 * announced: the sentence of the 150. False: there is none, and the reply has been said. */
bool ftp_transfer_open(struct ftp_session *session, const char *verb, const char *path, bool upload,
                       const char *announced);
/* Sends the first size bytes of the transport's room, and hears the client. A status. */
int ftp_transfer_send(struct ftp_session *session, size_t size, struct pb_error *error);
/* What came of it is said: status and why of the transport, or the file's error. announced: the
 * sentence of the 226; NULL: the table's. */
void ftp_transfer_close(struct ftp_session *session, int status, enum ftp_error file,
                        const char *announced);

/* ---- journal.c ---- */

/* The transfer that has just ended, as one line of the log. */
void ftp_journal_transfer(const struct ftp_session *session, bool complete);

/* ---- for several chapters ---- */

/* Makes the user at home: 230 is still to be said. NULL: no row of the users' file. False: the
 * folder is not there. */
bool ftp_login_enter(struct ftp_session *session, const struct ftp_user *user);
/* As it was right after the connection was made. */
void ftp_login_leave(struct ftp_session *session);

/* The argument as an absolute path; false: the reply has been said. */
bool ftp_place_path(struct ftp_session *session, const char *argument, char path[FTP_PATH_MAX]);

#endif
