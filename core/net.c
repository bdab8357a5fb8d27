/* Sockets: names to addresses, connecting. */
#include "net_parts.h"

#include "clock.h"
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
#include <unistd.h>

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

int pb_net_look_up(struct addrinfo **found, const char *host, uint16_t port, int flags,
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
int pb_net_show(const struct sockaddr_storage *from, char *address, uint16_t *port)
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
    return getpeername(fd, (void *)&from, &size) < 0 ? PB_SYSTEM : pb_net_show(&from, address, port);
}

int pb_net_local(int fd, char *address, uint16_t *port)
{
    struct sockaddr_storage from = {0};
    socklen_t size = sizeof from;
    return getsockname(fd, (void *)&from, &size) < 0 ? PB_SYSTEM : pb_net_show(&from, address, port);
}

/* ---- connecting ---- */

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
            int64_t left = deadline - pb_clock_now();
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

void pb_net_set(int fd, int level, int option, int value)
{
    (void)!setsockopt(fd, level, option, &value, sizeof value);
}

int pb_net_connect(int *fd, const char *host, uint16_t port, unsigned seconds,
                   struct pb_error *error)
{
    struct addrinfo *found = NULL;
    int64_t end = pb_clock_now() + (int64_t)seconds * 1000;
    int why = 0, left = 0;
    int status = pb_net_look_up(&found, host, port, 0, error);
    if (status != PB_OK)
        return status;
    for (const struct addrinfo *to = found; to; to = to->ai_next)
        left++;
    for (const struct addrinfo *to = found; to; to = to->ai_next, left--) {
        /* An address that swallows everything leaves the others their share of the time. */
        int64_t now = pb_clock_now(), deadline = now + (end > now ? end - now : 0) / left;
        int result, try = socket(to->ai_family, to->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
                                 to->ai_protocol);
        result = try < 0 ? errno : connect_by(try, to, deadline);
        if (result == 0) {
            pb_net_set(try, IPPROTO_TCP, TCP_NODELAY, 1);
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
