/* The one thing in which the two shapes of the server differ: how bytes travel.
 *
 *     sealed.c    commands are messages of stream 1; each transfer is a further stream of the
 * session cleartext.c commands are lines of a TCP connection; transfers are connections made by
 * PASV or PORT
 *
 * Everything above (session, verbs, transfers) is the same code for both, and asks `sealed` only
 * where FTP itself differs: PASV and PASS make no sense in a session that is sealed and knows who
 * its client is. */
#ifndef PLUGBOARD_FTPD_TRANSPORT_H
#define PLUGBOARD_FTPD_TRANSPORT_H

#include "channel.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FTP_BLOCK ((size_t)256 << 10) /* bytes that are moved at once */

struct ftp_transport;

/* Where a data connection is to be made, in numbers. */
struct ftp_endpoint {
    char host[PB_ADDRESS_MAX];
    uint16_t port;
};

enum ftp_ready { FTP_READY_CONTROL = 1, FTP_READY_STOP = 2 };

/* Every function that can fail returns a status (core/status.h) and fills error. There is one data
 * connection at a time. */
struct ftp_transport_verbs {
    /* Waits until something can be read, or stop_fd is readable, or milliseconds (-1: for ever) are
     * over. A mask; 0: time is over. */
    int (*wait)(struct ftp_transport *transport, int stop_fd, int milliseconds);
    /* Bytes of commands that are there now. PB_AGAIN: none (error is left as it was). PB_ENDED:
     * there will be no more. */
    int (*read)(struct ftp_transport *transport, uint8_t *to, size_t room, size_t *got,
                struct pb_error *error);
    /* A whole reply. */
    int (*write)(struct ftp_transport *transport, const char *reply, size_t size,
                 struct pb_error *error);

    /* PASV and EPSV: listens, and says where. NULL: this shape has no such thing. */
    int (*passive)(struct ftp_transport *transport, struct ftp_endpoint *at,
                   struct pb_error *error);
    /* PORT and EPRT: remembers where to connect to. PB_REFUSED: not there, it is not the client's.
     * NULL: as above. */
    int (*active)(struct ftp_transport *transport, const struct ftp_endpoint *to,
                  struct pb_error *error);

    /* Before the 150: PB_NOT_FOUND: there was neither PASV nor PORT. */
    int (*offer)(struct ftp_transport *transport, struct pb_error *error);
    /* After the 150: the data connection is there, within so many seconds, or not. */
    int (*open)(struct ftp_transport *transport, unsigned seconds, struct pb_error *error);
    /* The next bytes; lent until the next call. PB_ENDED: that was all. Anything else: it is not
     * all. */
    int (*receive)(struct ftp_transport *transport, const uint8_t **data, size_t *size,
                   struct pb_error *error);
    /* Room for FTP_BLOCK bytes, and sending the first `size` of them. */
    uint8_t *(*room)(struct ftp_transport *transport);
    int (*send)(struct ftp_transport *transport, size_t size, struct pb_error *error);
    /* The same straight from a file: *sent bytes of it, 0: the file has no more. NULL: this shape
     * cannot. */
    int (*send_file)(struct ftp_transport *transport, int fd, uint64_t offset, size_t *sent,
                     struct pb_error *error);
    /* That was all of our direction. confirm: the other side is to say that it has it (after a
     * download); otherwise it is our answer to its end. */
    int (*end)(struct ftp_transport *transport, bool confirm, struct pb_error *error);
    /* Given up: the other side must not take what it has for all. */
    void (*abort)(struct ftp_transport *transport, const char *sentence);
    /* Closes the data connection, and what passive, active or offer prepared. */
    void (*close)(struct ftp_transport *transport);
};

struct ftp_transport {
    const struct ftp_transport_verbs *verbs;
    bool sealed;
    int control_fd; /* of the commands: readable when there may be some */
    unsigned stall; /* seconds without a byte of progress before a data wait is PB_TIMEOUT */
    struct pb_channel_watch
        watch; /* what is looked at while data are waited for: the commands (channel.h) */
};

#endif
