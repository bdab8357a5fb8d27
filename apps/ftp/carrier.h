/* What carries an FTP session to its server, and each transfer: the sealed channel (a main stream,
 * and a further stream a transfer), or plain TCP. The only part of the client that knows which of
 * the two. All waits are short: whoever calls decides how long, and looks meanwhile whether Ctrl-C
 * came. */
#ifndef PLUGBOARD_FTP_CARRIER_H
#define PLUGBOARD_FTP_CARRIER_H

#include "channel.h"

#define FTP_CARRIER_BLOCK (256u << 10) /* bytes of a transfer sent at once */

struct ftp_carrier;

/* One transfer's way. */
struct ftp_flow {
    const struct ftp_carrier_kind *kind;
    struct pb_channel *channel; /* sealed */
    int fd;                     /* plain; -1 otherwise */
    uint8_t *block;             /* plain: FTP_CARRIER_BLOCK bytes, owned */
    unsigned seconds;           /* without progress */
    bool over;                  /* plain: its end was read */
};

struct ftp_carrier_kind {
    bool sealed;

    /* ---- the session ---- */
    int (*send)(struct ftp_carrier *carrier, const char *text, size_t size, struct pb_error *error);
    /* What has come, lent until the next call; PB_AGAIN: nothing now. PB_ENDED, PB_TRUNCATED: it is
     * over. */
    int (*fetch)(struct ftp_carrier *carrier, const char **data, size_t *size,
                 struct pb_error *error);
    /* Until something comes, other (-1: none) is readable, or the time is over: as pb_channel_wait.
     */
    int (*wait)(struct ftp_carrier *carrier, int other, int milliseconds);
    int (*fd)(const struct ftp_carrier *carrier);
    void (*close)(struct ftp_carrier *carrier);

    /* ---- a transfer ---- */
    /* Sealed: after 150, the stream that was offered; port is not used. Plain: before the command,
     * to this port of the server itself: an address that it names is never followed. */
    int (*open)(struct ftp_carrier *carrier, struct ftp_flow *flow, uint16_t port,
                struct pb_error *error);
    /* PB_OK, PB_AGAIN, PB_ENDED: complete as far as the carrier can tell. PB_TRUNCATED, PB_ABORTED
     * ... */
    int (*receive)(struct ftp_flow *flow, const uint8_t **data, size_t *size,
                   struct pb_error *error);
    uint8_t *(*room)(struct ftp_flow *flow); /* FTP_CARRIER_BLOCK bytes; NULL: no memory */
    int (*give)(struct ftp_flow *flow, size_t size, struct pb_error *error);
    int (*await)(struct ftp_flow *flow, int other, int milliseconds);
    int (*end)(struct ftp_flow *flow, struct pb_error *error); /* all is said */
    void (*leave)(struct ftp_flow *flow, bool given_up);       /* closes; given_up: says so */
};

struct ftp_carrier {
    const struct ftp_carrier_kind *kind;
    struct pb_channel *channel; /* sealed: the main stream; lent */
    int fd;                     /* plain; owned */
    char block[4096];           /* plain */
    unsigned seconds;           /* for connecting, and without progress */
    bool integrity;             /* what arrives is what was sent, or nothing */
};

void ftp_carrier_sealed(struct ftp_carrier *carrier, struct pb_channel *channel, bool integrity,
                        unsigned seconds);
int ftp_carrier_plain(struct ftp_carrier *carrier, const char *host, uint16_t port,
                      unsigned seconds, struct pb_error *error) PB_CHECKED;

#endif
