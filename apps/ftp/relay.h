/* One client of the gateway: its plain control connection and data connections on one side, a
 * sealed session on the other. Commands and replies go through as they are, one at a time; PASV,
 * EPSV, PORT and EPRT, which the sealed shape does not have, are answered here.
 *
 *     relay.c       the loop, commands, replies        relay_data.c   the data of a transfer
 *     relay_port.c  PASV, EPSV, PORT, EPRT
 */
#ifndef PLUGBOARD_FTP_RELAY_H
#define PLUGBOARD_FTP_RELAY_H

#include "answer.h"

#include "client/caller.h"
#include "ftpd/transport.h"

#define FTP_RELAY_LINE_MAX 4096

enum ftp_relay_data {
    FTP_RELAY_NONE,
    FTP_RELAY_SAID, /* the command is with the server */
    FTP_RELAY_WAIT, /* 150: joined; the client's connection is waited for */
    FTP_RELAY_MOVE,
    FTP_RELAY_ENDING, /* upload: our END is said, the server's is waited for */
};

struct ftp_relay {
    struct pb_channel *main;
    int fd;                        /* the client's control connection; owned */
    char line[FTP_RELAY_LINE_MAX]; /* what the client sent and was not taken yet */
    size_t line_size;
    bool skipping; /* the rest of a line that was too long */
    bool client_ended;

    struct ftp_answer answer;
    const char *came; /* of the server's replies, not taken yet; lent */
    size_t came_size;
    char raw[FTP_ANSWER_LINE_MAX * 16]; /* the reply that is coming, as it is */
    size_t raw_size;
    unsigned due; /* replies that the client waits for */
    bool over;

    int listener;               /* PASV, EPSV; -1: none */
    struct ftp_endpoint target; /* PORT, EPRT; port 0: none */
    bool epsv_only;

    enum ftp_relay_data data;
    bool upload, failed; /* failed: this transfer must not look complete */
    int data_fd;         /* the client's data connection; -1: none */
    struct pb_channel *stream;
    const uint8_t *pending; /* received from the stream and not yet written; lent */
    size_t pending_size;
    int64_t deadline; /* FTP_RELAY_WAIT */
};

/* Until one of both sides ends. fd is closed. */
int ftp_relay_run(struct pb_caller *caller, int fd, unsigned seconds,
                  struct pb_error *error) PB_CHECKED;

/* A reply of the gateway's own. */
void ftp_relay_reply(struct ftp_relay *relay, const char *format, ...) PB_PRINTF(2, 3);
int64_t ftp_relay_now(void);

/* ---- relay_port.c ---- */

/* True: the line was one of the four, and is answered. */
bool ftp_relay_port(struct ftp_relay *relay, const char *verb, const char *argument);
/* Is there a way for data? */
bool ftp_relay_has_port(const struct ftp_relay *relay);
void ftp_relay_close_port(struct ftp_relay *relay);
/* The client's data connection, if it is there by now: true. Only from, or to, the client's own
 * address. */
bool ftp_relay_connected(struct ftp_relay *relay);

/* ---- relay_data.c ---- */

void ftp_relay_begin(struct ftp_relay *relay); /* 150 came */
bool ftp_relay_move(struct ftp_relay *relay);  /* true: something has moved */
void ftp_relay_finish(struct ftp_relay *relay, bool complete);
/* What is to be waited for: descriptors and events, at most two. */
struct pollfd;
int ftp_relay_wanted(const struct ftp_relay *relay, struct pollfd *wanted);

#endif
