/* Bytes over plain TCP. Who connects to a port is known by nothing but its address, so that is what
 * is looked at. */
#include "cleartext.h"

#include "clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#define STRAIGHT_MAX ((size_t)1 << 20) /* bytes of one sendfile: then the client is heard */
#define LOWEST_PORT                                                                                \
    1024 /* below it are services that would take our bytes for commands (RFC 2577) */

static struct ftp_cleartext *of(struct ftp_transport *transport)
{
    return (struct ftp_cleartext *)transport; /* its first member */
}

static bool not_now(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* ---- commands ---- */

static int wait_for(struct ftp_transport *transport, int stop_fd, int milliseconds)
{
    struct pollfd wanted[] = {{.fd = transport->control_fd, .events = POLLIN},
                              {.fd = stop_fd, .events = POLLIN}};
    if (poll(wanted, 2, milliseconds) <= 0)
        return 0;
    return (wanted[0].revents ? FTP_READY_CONTROL : 0) | (wanted[1].revents ? FTP_READY_STOP : 0);
}

enum { TELNET_NONE, TELNET_COMMAND, TELNET_OPTION };
enum { IAC = 255, WILL = 251, DONT = 254 };

/* Takes telnet's sequences out (RFC 959: ABOR may come with IP and Synch before it); IAC IAC is the
 * byte itself. */
static size_t strip_telnet(int *state, uint8_t *bytes, size_t size)
{
    size_t kept = 0;
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = bytes[i];
        if (*state == TELNET_OPTION) {
            *state = TELNET_NONE;
        } else if (*state == TELNET_COMMAND && byte != IAC) {
            *state = byte >= WILL && byte <= DONT ? TELNET_OPTION : TELNET_NONE;
        } else if (*state == TELNET_NONE && byte == IAC) {
            *state = TELNET_COMMAND;
        } else {
            *state = TELNET_NONE;
            bytes[kept++] = byte;
        }
    }
    return kept;
}

static int read_some(struct ftp_transport *transport, uint8_t *to, size_t room, size_t *got,
                     struct pb_error *error)
{
    ssize_t came = recv(transport->control_fd, to, room, 0);
    if (came > 0) {
        *got = strip_telnet(&of(transport)->telnet, to, (size_t)came);
        return PB_OK;
    }
    if (came < 0 && not_now())
        return PB_AGAIN;
    return pb_status_fail(error, came == 0 ? PB_ENDED : PB_TRUNCATED,
                          "the client closed the connection");
}

static int write_reply(struct ftp_transport *transport, const char *reply, size_t size,
                       struct pb_error *error)
{
    int64_t deadline = pb_clock_now() + (int64_t)transport->stall * 1000;
    while (size > 0) {
        ssize_t sent = send(transport->control_fd, reply, size, MSG_NOSIGNAL);
        if (sent > 0) {
            reply += sent;
            size -= (size_t)sent;
            continue;
        }
        if (!not_now())
            return pb_status_fail(error, PB_TRUNCATED, "the client closed the connection");
        struct pollfd wanted = {.fd = transport->control_fd, .events = POLLOUT};
        if (poll(&wanted, 1, pb_clock_left(deadline)) == 0)
            return pb_status_fail(error, PB_TIMEOUT, "the client does not read what it is told");
    }
    return PB_OK;
}

/* ---- who connects to whom ---- */

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void forget_preparations(struct ftp_cleartext *clear)
{
    close_fd(&clear->listener);
    clear->to.port = 0;
}

static int passive(struct ftp_transport *transport, struct ftp_endpoint *at, struct pb_error *error)
{
    struct ftp_cleartext *clear = of(transport);
    forget_preparations(clear);
    int result = pb_net_listen_between(&clear->listener, transport->control_fd, clear->ports->low,
                                       clear->ports->high, &clear->random, &at->port, error);
    uint16_t port;
    if (result == PB_OK && pb_net_local(clear->listener, at->host, &port) != PB_OK)
        result = pb_status_fail(error, PB_SYSTEM, "cannot see the own address");
    return result;
}

static int active(struct ftp_transport *transport, const struct ftp_endpoint *to,
                  struct pb_error *error)
{
    struct ftp_cleartext *clear = of(transport);
    forget_preparations(clear);
    if (strcmp(to->host, clear->peer) != 0 || to->port < LOWEST_PORT)
        return pb_status_fail(error, PB_REFUSED,
                              "data go to the client's own address, and to ports from %d up",
                              LOWEST_PORT);
    clear->to = *to;
    return PB_OK;
}

static int offer(struct ftp_transport *transport, struct pb_error *error)
{
    struct ftp_cleartext *clear = of(transport);
    if (clear->listener < 0 && clear->to.port == 0)
        return pb_status_fail(error, PB_NOT_FOUND, "neither PASV nor PORT came");
    return PB_OK;
}

/* Waits until fd is ready, hearing the client meanwhile. */
static int await(struct ftp_transport *transport, int fd, short events, int64_t deadline,
                 struct pb_error *error)
{
    for (;;) {
        struct pollfd wanted[] = {{.fd = fd, .events = events},
                                  {.fd = transport->watch.fd, .events = POLLIN}};
        int left = pb_clock_left(deadline);
        int ready = poll(wanted, 2, left);
        if (ready > 0 && wanted[1].revents) {
            int result = transport->watch.look(transport->watch.context, error);
            if (result != PB_OK)
                return result;
        }
        if (ready > 0 && wanted[0].revents)
            return PB_OK;
        if (pb_clock_left(deadline) == 0)
            return pb_status_fail(error, PB_TIMEOUT, "the client did not move a byte in time");
    }
}

static int64_t stall_deadline(const struct ftp_transport *transport)
{
    return pb_clock_now() + (int64_t)transport->stall * 1000;
}

/* A stranger who came first is sent away, and the client is served after him. */
static int accept_data(struct ftp_cleartext *clear, int64_t deadline, struct pb_error *error)
{
    char address[PB_ADDRESS_MAX];
    for (;;) {
        int result = pb_net_accept_from(&clear->data, clear->listener, address, error);
        if (result == PB_OK && strcmp(address, clear->peer) == 0)
            return PB_OK;
        if (result == PB_OK)
            close_fd(&clear->data);
        else if (result != PB_AGAIN)
            return result;
        else if ((result = await(&clear->transport, clear->listener, POLLIN, deadline, error)) !=
                 PB_OK)
            return result;
    }
}

static int connect_data(struct ftp_cleartext *clear, int64_t deadline, struct pb_error *error)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(clear->to.port)};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(clear->to.port)};
    bool old = inet_pton(AF_INET, clear->to.host, &v4.sin_addr) == 1;
    if (!old && inet_pton(AF_INET6, clear->to.host, &v6.sin6_addr) != 1)
        return pb_status_fail(error, PB_NOT_FOUND, "%s is no address", clear->to.host);
    clear->data = socket(old ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (clear->data < 0)
        return pb_status_fail(error, PB_SYSTEM, "no socket: %s", strerror(errno));
    int failed =
        connect(clear->data, old ? (void *)&v4 : (void *)&v6, old ? sizeof v4 : sizeof v6) < 0
            ? errno
            : 0;
    if (failed == EINPROGRESS) {
        socklen_t size = sizeof failed;
        int result = await(&clear->transport, clear->data, POLLOUT, deadline, error);
        if (result != PB_OK)
            return result;
        getsockopt(clear->data, SOL_SOCKET, SO_ERROR, &failed, &size);
    }
    return failed ? pb_status_fail(error, PB_NOT_FOUND, "the client does not answer: %s",
                                   strerror(failed))
                  : PB_OK;
}

static int open_data(struct ftp_transport *transport, unsigned seconds, struct pb_error *error)
{
    struct ftp_cleartext *clear = of(transport);
    int64_t deadline = pb_clock_now() + (int64_t)seconds * 1000;
    int result = clear->listener >= 0 ? accept_data(clear, deadline, error)
                                      : connect_data(clear, deadline, error);
    forget_preparations(clear); /* one PASV or PORT is for one transfer */
    return result;
}

/* ---- data ---- */

static uint8_t *room(struct ftp_transport *transport)
{
    struct ftp_cleartext *clear = of(transport);
    if (!clear->block)
        clear->block = malloc(FTP_BLOCK);
    return clear->block;
}

static int receive(struct ftp_transport *transport, const uint8_t **data, size_t *size,
                   struct pb_error *error)
{
    struct ftp_cleartext *clear = of(transport);
    if (!room(transport))
        return pb_status_fail(error, PB_SYSTEM, "no memory");
    for (;;) {
        ssize_t came = recv(clear->data, clear->block, FTP_BLOCK, 0);
        if (came > 0) {
            *data = clear->block;
            *size = (size_t)came;
            return PB_OK;
        }
        if (came == 0)
            return pb_status_fail(error, PB_ENDED, "the client closed the data connection");
        if (!not_now())
            return pb_status_fail(error, PB_TRUNCATED, "the data connection broke: %s",
                                  strerror(errno));
        int result = await(transport, clear->data, POLLIN, stall_deadline(transport), error);
        if (result != PB_OK)
            return result;
    }
}

static int send_block(struct ftp_transport *transport, size_t size, struct pb_error *error)
{
    struct ftp_cleartext *clear = of(transport);
    const uint8_t *from = clear->block;
    while (size > 0) {
        ssize_t sent = send(clear->data, from, size, MSG_NOSIGNAL);
        if (sent > 0) {
            from += sent;
            size -= (size_t)sent;
            continue;
        }
        if (!not_now())
            return pb_status_fail(error, PB_TRUNCATED, "the data connection broke: %s",
                                  strerror(errno));
        int result = await(transport, clear->data, POLLOUT, stall_deadline(transport), error);
        if (result != PB_OK)
            return result;
    }
    return PB_OK;
}

static int send_file(struct ftp_transport *transport, int fd, uint64_t offset, size_t *sent,
                     struct pb_error *error)
{
    struct ftp_cleartext *clear = of(transport);
    for (;;) {
        off_t from = (off_t)offset;
        ssize_t moved = sendfile(clear->data, fd, &from, STRAIGHT_MAX);
        *sent = moved > 0 ? (size_t)moved : 0;
        if (moved >= 0)
            return PB_OK;
        if (errno == EIO || errno == EINVAL || errno == EOVERFLOW)
            return pb_status_fail(error, PB_FILE, "cannot be read: %s", strerror(errno));
        if (!not_now())
            return pb_status_fail(error, PB_TRUNCATED, "the data connection broke: %s",
                                  strerror(errno));
        int result = await(transport, clear->data, POLLOUT, stall_deadline(transport), error);
        if (result != PB_OK)
            return result;
    }
}

/* Whether the other kernel has all of it: the end is the last thing that it acknowledges. More is
 * not to be known in clear. */
static int confirm_sent(struct ftp_transport *transport, struct pb_error *error)
{
    struct ftp_cleartext *clear = of(transport);
    int64_t deadline = stall_deadline(transport);
    uint32_t before = UINT32_MAX;
    for (int pause = 1;; pause = pause < 50 ? 2 * pause : 50) {
        struct tcp_info info = {0};
        int broken = 0;
        socklen_t size = sizeof info, int_size = sizeof broken;
        if (getsockopt(clear->data, IPPROTO_TCP, TCP_INFO, &info, &size) < 0 ||
            getsockopt(clear->data, SOL_SOCKET, SO_ERROR, &broken, &int_size) < 0 || broken)
            return pb_status_fail(error, PB_TRUNCATED, "the data connection broke before its end");
        if (info.tcpi_state != TCP_ESTABLISHED && info.tcpi_state != TCP_FIN_WAIT1)
            return PB_OK; /* also TCP_CLOSE: both ends are acknowledged, and the kernel waits for
                             stragglers without us */
        if (info.tcpi_unacked != before)
            deadline = stall_deadline(transport);
        before = info.tcpi_unacked;
        int64_t until = pb_clock_now() + pause;
        int result = await(transport, -1, 0, until < deadline ? until : deadline, NULL);
        if (result != PB_TIMEOUT)
            return pb_status_fail(error, result, "interrupted");
        if (pb_clock_left(deadline) == 0)
            return pb_status_fail(error, PB_TIMEOUT, "the client did not take a byte in time");
    }
}

static int end(struct ftp_transport *transport, bool confirm, struct pb_error *error)
{
    if (!confirm)
        return PB_OK; /* it was the client who closed */
    if (shutdown(of(transport)->data, SHUT_WR) < 0)
        return pb_status_fail(error, PB_TRUNCATED, "the data connection broke before its end");
    return confirm_sent(transport, error);
}

/* A reset, so that the client cannot take a part of a file for the whole. */
static void give_up(struct ftp_transport *transport, const char *sentence)
{
    struct linger at_once = {.l_onoff = 1};
    (void)sentence;
    if (of(transport)->data >= 0)
        setsockopt(of(transport)->data, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close_fd(&of(transport)->data);
}

static void close_data(struct ftp_transport *transport)
{
    forget_preparations(of(transport));
    close_fd(&of(transport)->data);
}

static const struct ftp_transport_verbs verbs = {
    .wait = wait_for,
    .read = read_some,
    .write = write_reply,
    .passive = passive,
    .active = active,
    .offer = offer,
    .open = open_data,
    .receive = receive,
    .room = room,
    .send = send_block,
    .send_file = send_file,
    .end = end,
    .abort = give_up,
    .close = close_data,
};

int ftp_cleartext_init(struct ftp_cleartext *clear, int fd, const struct pb_ports *ports,
                       struct pb_error *error)
{
    int on = 1;
    uint16_t port;
    *clear = (struct ftp_cleartext){
        .transport = {.verbs = &verbs, .control_fd = fd},
        .ports = ports,
        .listener = -1,
        .data = -1,
    };
    pb_random_system(&clear->random);
    if (pb_net_peer(fd, clear->peer, &port) != PB_OK)
        return pb_status_fail(error, PB_TRUNCATED, "the client is gone already");
    setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on); /* ABOR may come as urgent data */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return PB_OK;
}

void ftp_cleartext_free(struct ftp_cleartext *clear)
{
    close_data(&clear->transport);
    free(clear->block);
}
