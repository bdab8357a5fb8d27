/* Sockets: names to addresses, connecting, listening, accepting. */
#include "net.h"

#include "message.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define DRAWS          64 /* of a port, before listen_between gives up */
#define STREAM_BACKLOG 16 /* where one client is waited for: its candidates, and some strangers */

/* ---- text ---- */

static int read_port(const char *text, uint16_t *port)
{
    unsigned long value = 0;
    if (!*text || strlen(text) > 5)
        return PB_USAGE;
    for (const char *digit = text; *digit; digit++) {
        if (*digit < '0' || *digit > '9')
            return PB_USAGE;
        value = value * 10 + (unsigned long)(*digit - '0');
    }
    if (value < 1 || value > 65535)
        return PB_USAGE;
    *port = (uint16_t)value;
    return PB_OK;
}

static bool is_ipv6(const char *text, size_t size)
{
    char address[INET6_ADDRSTRLEN];
    struct in6_addr parsed;
    const char *scope = memchr(text, '%', size);
    size_t length = scope ? (size_t)(scope - text) : size;
    if (length >= sizeof address)
        return false;
    memcpy(address, text, length);
    address[length] = 0;
    return inet_pton(AF_INET6, address, &parsed) == 1;
}

/* Letters, digits and what else stands in names and addresses: a typing error should not become a
 * question to a name server. */
static bool is_host(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] <= ' ' || text[i] == 0x7f || strchr("/\\@[]?#", text[i]))
            return false;
    return true;
}

int pb_net_split(const char *text, char *host, uint16_t *port, struct pb_error *error)
{
    const char *name = text, *end = text + strlen(text), *number = NULL;
    const char *colon = strrchr(text, ':');
    uint16_t read = 0;

    if (*text == '[') {
        const char *bracket = strchr(text, ']');
        if (!bracket || (bracket[1] && bracket[1] != ':') ||
            !is_ipv6(text + 1, (size_t)(bracket - text - 1)))
            return pb_status_fail(error, PB_USAGE, "\"%s\" is not [IPV6] or [IPV6]:PORT", text);
        name = text + 1;
        end = bracket;
        number = bracket[1] ? bracket + 2 : NULL;
    } else if (colon && !is_ipv6(text, strlen(text))) {
        end = colon;
        number = colon + 1;
        if (memchr(text, ':', (size_t)(colon - text)))
            return pb_status_fail(
                error, PB_USAGE,
                "\"%s\" is not HOST:PORT: an IPv6 address with a port is written [IPV6]:PORT",
                text);
    }
    size_t size = (size_t)(end - name);
    if (number && read_port(number, &read) != PB_OK)
        return pb_status_fail(error, PB_USAGE,
                              "\"%s\" is not a port: it is a number from 1 to 65535", number);
    if ((size == 0 && !number) || size > PB_HOST_MAX || !is_host(name, size))
        return pb_status_fail(error, PB_USAGE,
                              "\"%.300s\" is not a host: write HOST, HOST:PORT or [IPV6]:PORT",
                              text);

    if (size > 0) {
        memmove(host, name, size);
        host[size] = 0;
    }
    if (number)
        *port = read;
    return PB_OK;
}

void pb_net_join(char *text, size_t size, const char *host, uint16_t port)
{
    snprintf(text, size, strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, (unsigned)port);
}

/* ---- addresses ---- */

static int look_up(struct addrinfo **found, const char *host, uint16_t port, int flags,
                   struct pb_error *error)
{
    struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | flags};
    char service[8];
    snprintf(service, sizeof service, "%u", (unsigned)port);
    int result = getaddrinfo(host, service, &hints, found);
    switch (result) {
    case 0:
        return PB_OK;
    case EAI_NONAME:
    case EAI_NODATA:
    case EAI_ADDRFAMILY:
        return pb_status_fail(error, PB_NOT_FOUND, "no such host %s", host);
    case EAI_AGAIN:
    case EAI_FAIL:
        return pb_status_fail(error, PB_NOT_FOUND, "no such host %s, or no name server answers",
                              host);
    case EAI_SYSTEM:
        return pb_status_fail(error, PB_SYSTEM, "cannot look up the host %s: %s", host,
                              strerror(errno));
    default:
        return pb_status_fail(error, PB_SYSTEM, "cannot look up the host %s: %s", host,
                              gai_strerror(result));
    }
}

/* Numeric text by hand: getnameinfo would open files and sockets for a scope, which a confined
 * process may not. */
static int show(const struct sockaddr_storage *from, char *address, uint16_t *port)
{
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)from;
        inet_ntop(AF_INET, &v4->sin_addr, address, PB_ADDRESS_MAX);
        *port = ntohs(v4->sin_port);
        return PB_OK;
    }
    if (from->ss_family != AF_INET6)
        return PB_SYSTEM;
    const struct sockaddr_in6 *v6 = (const void *)from;
    *port = ntohs(v6->sin6_port);
    if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
        inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], address, PB_ADDRESS_MAX);
        return PB_OK;
    }
    inet_ntop(AF_INET6, &v6->sin6_addr, address, PB_ADDRESS_MAX);
    if (v6->sin6_scope_id) {
        size_t length = strlen(address);
        snprintf(address + length, PB_ADDRESS_MAX - length, "%%%u", (unsigned)v6->sin6_scope_id);
    }
    return PB_OK;
}

int pb_net_peer(int fd, char *address, uint16_t *port)
{
    struct sockaddr_storage from = {0};
    socklen_t size = sizeof from;
    return getpeername(fd, (void *)&from, &size) < 0 ? PB_SYSTEM : show(&from, address, port);
}

int pb_net_local(int fd, char *address, uint16_t *port)
{
    struct sockaddr_storage from = {0};
    socklen_t size = sizeof from;
    return getsockname(fd, (void *)&from, &size) < 0 ? PB_SYSTEM : show(&from, address, port);
}

/* ---- connecting ---- */

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* On loopback a connection to a free port of the automatic range can meet itself: one socket, both
 * ends. */
static bool met_itself(int fd)
{
    struct sockaddr_storage own = {0}, other = {0};
    socklen_t own_size = sizeof own, other_size = sizeof other;
    return getsockname(fd, (void *)&own, &own_size) == 0 &&
           getpeername(fd, (void *)&other, &other_size) == 0 && own_size == other_size &&
           memcmp(&own, &other, own_size) == 0;
}

/* 0, or an errno. */
static int connect_by(int fd, const struct addrinfo *to, int64_t deadline)
{
    if (connect(fd, to->ai_addr, to->ai_addrlen) < 0) {
        if (errno != EINPROGRESS && errno != EINTR)
            return errno;
        struct pollfd poll_for = {.fd = fd, .events = POLLOUT};
        for (;;) {
            int64_t left = deadline - now_ms();
            int ready = left > 0 ? poll(&poll_for, 1, (int)left) : 0;
            if (ready > 0)
                break;
            if (ready == 0)
                return ETIMEDOUT;
            if (errno != EINTR)
                return errno;
        }
        int result = 0;
        socklen_t size = sizeof result;
        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &result, &size) < 0)
            return errno;
        if (result)
            return result;
    }
    return met_itself(fd) ? ECONNREFUSED : 0;
}

static int connect_failed(int why, const char *host, uint16_t port, unsigned seconds,
                          struct pb_error *error)
{
    char where[PB_ENDPOINT_MAX];
    pb_net_join(where, sizeof where, host, port);
    switch (why) {
    case ECONNREFUSED:
        return pb_status_fail(error, PB_NOT_FOUND, "nobody listens at %s", where);
    case ETIMEDOUT:
        return pb_status_fail(
            error, PB_TIMEOUT,
            "%s does not answer (waited %u s): is the machine on, is there a firewall?", where,
            seconds);
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
        return pb_status_fail(error, PB_SYSTEM, "no way from this machine to %s: %s", where,
                              strerror(why));
    default:
        return pb_status_fail(error, PB_SYSTEM, "cannot connect to %s: %s", where, strerror(why));
    }
}

static void set(int fd, int level, int option, int value)
{
    /* Whether it is taken changes speed or comfort, never correctness. */
    (void)!setsockopt(fd, level, option, &value, sizeof value);
}

int pb_net_connect(int *fd, const char *host, uint16_t port, unsigned seconds,
                   struct pb_error *error)
{
    struct addrinfo *found = NULL;
    int64_t end = now_ms() + (int64_t)seconds * 1000;
    int why = 0, left = 0;
    int status = look_up(&found, host, port, 0, error);
    if (status != PB_OK)
        return status;
    for (const struct addrinfo *to = found; to; to = to->ai_next)
        left++;
    for (const struct addrinfo *to = found; to; to = to->ai_next, left--) {
        /* An address that swallows everything leaves the others their share of the time. */
        int64_t now = now_ms(), deadline = now + (end > now ? end - now : 0) / left;
        int result, try = socket(to->ai_family, to->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
                                 to->ai_protocol);
        result = try < 0 ? errno : connect_by(try, to, deadline);
        if (result == 0) {
            set(try, IPPROTO_TCP, TCP_NODELAY, 1);
            *fd = try;
            freeaddrinfo(found);
            return PB_OK;
        }
        if (try >= 0)
            close(try);
        /* "Nobody listens" says most; otherwise the first reason stays. */
        if (!why || result == ECONNREFUSED)
            why = result;
    }
    freeaddrinfo(found);
    return connect_failed(why, host, port, seconds, error);
}

/* ---- listening ---- */

/* A listening socket, or -1 and an errno. */
static int listen_at(const struct sockaddr *at, socklen_t size, int backlog)
{
    int fd = socket(at->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    set(fd, SOL_SOCKET, SO_REUSEADDR, 1); /* a restart does not wait for old connections to fade */
    if (at->sa_family == AF_INET6)
        set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0); /* :: is everybody */
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
    int status = look_up(&found, host, *port, AI_PASSIVE, error);
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
    for (;;) {
        int accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (accepted >= 0) {
            set(accepted, IPPROTO_TCP, TCP_NODELAY, 1);
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
