/* Plain FTP: everything can be read on the wire. Only passive transfers, and only to the address
 * that the session itself goes to: what a 227 names otherwise could make us attack somebody (RFC
 * 2577). */
#include "carrier.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Bit 0: fd is ready, bit 1: other is. */
static int wait_for(int fd, short events, int other, int milliseconds)
{
    struct pollfd wanted[2] = {{.fd = fd, .events = events}, {.fd = other, .events = POLLIN}};
    if (poll(wanted, 2, milliseconds) <= 0)
        return 0;
    return (wanted[0].revents ? PB_READY_MESSAGE : 0) | (wanted[1].revents ? PB_READY_OTHER : 0);
}

static int write_all(int fd, const void *data, size_t size, unsigned seconds,
                     struct pb_error *error)
{
    const char *from = data;
    while (size > 0) {
        ssize_t done = send(fd, from, size, MSG_NOSIGNAL);
        if (done > 0) {
            from += done;
            size -= (size_t)done;
        } else if (errno != EAGAIN && errno != EINTR) {
            return pb_status_fail(error, PB_TRUNCATED, "the server closed the connection: %s",
                                  strerror(errno));
        } else if (!wait_for(fd, POLLOUT, -1, seconds ? (int)seconds * 1000 : -1)) {
            return pb_status_fail(error, errno == EINTR ? PB_INTERRUPTED : PB_TIMEOUT,
                                  "the server has taken nothing for %u seconds", seconds);
        }
    }
    return PB_OK;
}

/* ---- the session ---- */

static int send_text(struct ftp_carrier *carrier, const char *text, size_t size,
                     struct pb_error *error)
{
    return write_all(carrier->fd, text, size, carrier->seconds, error);
}

static int fetch(struct ftp_carrier *carrier, const char **data, size_t *size,
                 struct pb_error *error)
{
    ssize_t got = recv(carrier->fd, carrier->block, sizeof carrier->block, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return PB_AGAIN;
    if (got <= 0)
        return pb_status_fail(error, PB_ENDED, "the server closed the connection");
    *data = carrier->block;
    *size = (size_t)got;
    return PB_OK;
}

static int await_text(struct ftp_carrier *carrier, int other, int milliseconds)
{
    return wait_for(carrier->fd, POLLIN, other, milliseconds);
}

static int descriptor(const struct ftp_carrier *carrier)
{
    return carrier->fd;
}

static void close_session(struct ftp_carrier *carrier)
{
    if (carrier->fd >= 0)
        close(carrier->fd);
    carrier->fd = -1;
}

/* ---- a transfer ---- */

/* A plain stream ends by its close. So until all is sent, every other close, that of kill -9 too,
 * is a reset: the server must not take a part for the whole. */
static void reset_on_close(int fd, bool reset)
{
    struct linger now = {.l_onoff = reset, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

static int open_flow(struct ftp_carrier *carrier, struct ftp_flow *flow, uint16_t port,
                     struct pb_error *error)
{
    char address[PB_ADDRESS_MAX];
    uint16_t ignored;
    *flow = (struct ftp_flow){.kind = carrier->kind, .fd = -1, .seconds = carrier->seconds};
    int result = pb_net_peer(carrier->fd, address, &ignored);
    if (result != PB_OK)
        return pb_status_fail(error, PB_TRUNCATED, "the server closed the connection");
    if (!(flow->block = malloc(FTP_CARRIER_BLOCK)))
        return pb_status_fail(error, PB_SYSTEM, "no memory for a transfer");
    result =
        pb_net_connect(&flow->fd, address, port, carrier->seconds ? carrier->seconds : 30, error);
    if (result == PB_OK)
        reset_on_close(flow->fd, true);
    return result;
}

static int receive(struct ftp_flow *flow, const uint8_t **data, size_t *size,
                   struct pb_error *error)
{
    if (flow->over)
        return PB_ENDED;
    ssize_t got = recv(flow->fd, flow->block, FTP_CARRIER_BLOCK, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return PB_AGAIN;
    if (got < 0)
        return pb_status_fail(error, PB_TRUNCATED, "the data connection broke: %s",
                              strerror(errno));
    flow->over = got == 0;
    *data = flow->block;
    *size = (size_t)got;
    return got == 0 ? PB_ENDED : PB_OK;
}

static uint8_t *room(struct ftp_flow *flow)
{
    return flow->block;
}

static int give(struct ftp_flow *flow, size_t size, struct pb_error *error)
{
    return write_all(flow->fd, flow->block, size, flow->seconds, error);
}

static int await_flow(struct ftp_flow *flow, int other, int milliseconds)
{
    return wait_for(flow->fd, POLLIN, other, milliseconds);
}

/* The end of a plain stream is its close: the server closes its side when it has read ours. */
static int end(struct ftp_flow *flow, struct pb_error *error)
{
    (void)error;
    reset_on_close(flow->fd, false);
    shutdown(flow->fd, SHUT_WR);
    return PB_OK;
}

static void leave(struct ftp_flow *flow, bool given_up)
{
    if (flow->fd >= 0) {
        reset_on_close(flow->fd, given_up);
        close(flow->fd);
    }
    free(flow->block);
    flow->fd = -1;
    flow->block = NULL;
}

static const struct ftp_carrier_kind kind = {.sealed = false,
                                             .send = send_text,
                                             .fetch = fetch,
                                             .wait = await_text,
                                             .fd = descriptor,
                                             .close = close_session,
                                             .open = open_flow,
                                             .receive = receive,
                                             .room = room,
                                             .give = give,
                                             .await = await_flow,
                                             .end = end,
                                             .leave = leave};

int ftp_carrier_plain(struct ftp_carrier *carrier, const char *host, uint16_t port,
                      unsigned seconds, struct pb_error *error)
{
    *carrier = (struct ftp_carrier){.kind = &kind, .fd = -1, .seconds = seconds};
    return pb_net_connect(&carrier->fd, host, port, seconds ? seconds : 10, error);
}
