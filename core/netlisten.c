/* Sockets: listening and accepting. */
#include "net_parts.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DRAWS          64 /* of a port, before listen_between gives up */
#define STREAM_BACKLOG 16 /* where one client is waited for: its candidates, and some strangers */

/* ---- listening ---- */

/* A listening socket, or -1 and an errno. */
static int listen_at(const struct sockaddr *at, socklen_t size, int backlog)
{
    int fd = socket(at->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    pb_net_set(fd, SOL_SOCKET, SO_REUSEADDR,
               1); /* a restart does not wait for old connections to fade */
    if (at->sa_family == AF_INET6)
        pb_net_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0); /* :: is everybody */
    /* With SO_REUSEADDR two programs may bind one port; the second then fails in listen. */
    if (bind(fd, at, size) == 0 && listen(fd, backlog) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

static int listen_failed(int why, const char *host, uint16_t port, struct pb_error *error)
{
    char where[PB_ENDPOINT_MAX];
    pb_net_join(where, sizeof where, host, port);
    switch (why) {
    case EADDRINUSE:
        return pb_status_fail(error, PB_SYSTEM,
                              "port %u of %s is in use by another program: choose another with "
                              "--port, or --port 0 for a free one",
                              (unsigned)port, host);
    case EACCES:
        return pb_status_fail(error, PB_SYSTEM,
                              "port %u needs privileges that this program does not have: choose "
                              "one from 1024 up with --port",
                              (unsigned)port);
    case EADDRNOTAVAIL:
        return pb_status_fail(
            error, PB_SYSTEM,
            "%s is not an address of this machine: choose one of its own with --listen", host);
    default:
        return pb_status_fail(error, PB_SYSTEM, "cannot listen at %s: %s", where, strerror(why));
    }
}

int pb_net_listen(int *fd, const char *host, uint16_t *port, int backlog, struct pb_error *error)
{
    struct addrinfo *found = NULL;
    char address[PB_ADDRESS_MAX];
    int why = 0, listener = -1;
    int status = pb_net_look_up(&found, host, *port, AI_PASSIVE, error);
    if (status != PB_OK)
        return status;
    for (const struct addrinfo *at = found; at && listener < 0; at = at->ai_next) {
        listener = listen_at(at->ai_addr, at->ai_addrlen, backlog);
        if (listener >= 0)
            break;
        why = why ? why : errno;
        /* Only an address that this machine has not is passed over: a second address behind
         * the back of a program that holds the first would serve nobody. */
        if (errno != EADDRNOTAVAIL && errno != EAFNOSUPPORT)
            break;
    }
    freeaddrinfo(found);
    if (listener < 0)
        return listen_failed(why, host, *port, error);
    if (pb_net_local(listener, address, port) != PB_OK) {
        close(listener);
        return pb_status_fail(error, PB_SYSTEM, "cannot see which port was taken at %s: %s", host,
                              strerror(errno));
    }
    *fd = listener;
    return PB_OK;
}

int pb_net_listen_between(int *fd, int like, uint16_t low, uint16_t high, struct pb_random *random,
                          uint16_t *port, struct pb_error *error)
{
    struct sockaddr_storage at = {0};
    socklen_t size = sizeof at;
    if (getsockname(like, (void *)&at, &size) < 0 ||
        (at.ss_family != AF_INET && at.ss_family != AF_INET6))
        return pb_status_fail(error, PB_SYSTEM, "cannot see the own address of a connection");
    if (low == 0 || low > high)
        return pb_status_fail(
            error, PB_USAGE,
            "%u-%u is not a range of ports: it goes from LOW to HIGH, both from 1 to 65535",
            (unsigned)low, (unsigned)high);
    uint32_t count = (uint32_t)high - low + 1;
    uint32_t draws = count < DRAWS ? count : DRAWS;
    uint32_t drawn = pb_random_between(random, low, high);
    for (uint32_t i = 0; i < draws; i++) {
        in_port_t number = htons((uint16_t)drawn);
        if (at.ss_family == AF_INET)
            ((struct sockaddr_in *)&at)->sin_port = number;
        else
            ((struct sockaddr_in6 *)&at)->sin6_port = number;
        int listener = listen_at((const void *)&at, size, STREAM_BACKLOG);
        if (listener >= 0) {
            *fd = listener;
            *port = (uint16_t)drawn;
            return PB_OK;
        }
        if (errno != EADDRINUSE)
            return pb_status_fail(error, PB_SYSTEM, "cannot listen on port %u: %s", (unsigned)drawn,
                                  strerror(errno));
        /* A small range is walked round, so that its last free port is found. */
        drawn =
            count <= DRAWS ? low + (drawn - low + 1) % count : pb_random_between(random, low, high);
    }
    return pb_status_fail(error, PB_NOT_FOUND, "no free port from %u to %u", (unsigned)low,
                          (unsigned)high);
}

/* ---- accepting ---- */

/* A signal, or a connection that died in the queue (accept(2), "Error handling"): the next one may
 * be well. */
static bool is_passing(int why)
{
    static const int passing[] = {EINTR,     ECONNABORTED, ENETDOWN,     EPROTO,     ENOPROTOOPT,
                                  EHOSTDOWN, ENONET,       EHOSTUNREACH, ENETUNREACH};
    for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
        if (why == passing[i])
            return true;
    return false;
}

int pb_net_accept(int *fd, int listener, struct pb_error *error)
{
    char ignored[PB_ADDRESS_MAX];
    return pb_net_accept_from(fd, listener, ignored, error);
}

int pb_net_accept_from(int *fd, int listener, char *address, struct pb_error *error)
{
    for (;;) {
        struct sockaddr_storage from = {0};
        socklen_t size = sizeof from;
        uint16_t port;
        int accepted = accept4(listener, (void *)&from, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (accepted >= 0) {
            if (pb_net_show(&from, address, &port) != PB_OK)
                *address = 0;
            pb_net_set(accepted, IPPROTO_TCP, TCP_NODELAY, 1);
            *fd = accepted;
            return PB_OK;
        }
        if (errno == EAGAIN)
            return PB_AGAIN;
        if (!is_passing(errno))
            return pb_status_fail(error, PB_SYSTEM, "cannot accept a connection: %s",
                                  strerror(errno));
    }
}
