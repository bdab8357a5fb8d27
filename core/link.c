/* Bytes between a socket and a wire. Whoever waits to write also reads, so that two sides that both write cannot lock up. */
#include "link.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int64_t pb_link_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int pb_link_left(int64_t deadline)
{
    int64_t left = deadline - pb_link_now();
    return left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}

int pb_link_fill(struct pb_link *link)
{
    size_t room;
    if (link->eof)
        return PB_ENDED;
    uint8_t *to = pb_wire_input(link->wire, &room);
    if (!to)
        return PB_AGAIN;
    ssize_t got = recv(link->fd, to, room, 0);
    if (got > 0) {
        pb_wire_received(link->wire, (size_t)got);
        return PB_OK;
    }
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return PB_AGAIN;
    link->eof = true;
    return PB_ENDED;
}

int pb_link_drain(struct pb_link *link)
{
    for (;;) {
        size_t size;
        const uint8_t *from = pb_wire_output(link->wire, &size);
        if (size == 0)
            return PB_OK;
        ssize_t sent = send(link->fd, from, size, MSG_NOSIGNAL);
        if (sent >= 0)
            pb_wire_sent(link->wire, (size_t)sent);
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            return PB_AGAIN;
        else if (errno != EINTR)
            return PB_TRUNCATED;
    }
}

int pb_link_turn(struct pb_link *link, int other, int milliseconds)
{
    size_t waiting, room = 0;
    pb_wire_output(link->wire, &waiting);
    if (!link->eof)
        pb_wire_input(link->wire, &room);
    struct pollfd wanted[2] = {
        {.fd = link->fd, .events = (short)((room ? POLLIN : 0) | (waiting ? POLLOUT : 0))},
        {.fd = other, .events = POLLIN},
    };
    if (wanted[0].events == 0)
        wanted[0].fd = -1; /* otherwise a hang-up would be reported again and again */
    int ready = poll(wanted, 2, milliseconds), mask = 0;
    if (ready < 0)
        return PB_LINK_SIGNAL;
    if (wanted[0].revents) {
        mask |= PB_LINK_MOVED;
        if (wanted[0].revents & (POLLIN | POLLHUP | POLLERR) && room)
            pb_link_fill(link);
        if (wanted[0].revents & (POLLOUT | POLLHUP | POLLERR) && waiting && pb_link_drain(link) == PB_TRUNCATED && !room)
            link->eof = true;
    }
    if (wanted[1].revents)
        mask |= PB_LINK_OTHER;
    return mask;
}

void pb_link_linger(struct pb_link *link, int milliseconds)
{
    uint8_t forgotten[4096];
    int64_t deadline = pb_link_now() + milliseconds;
    while (link->fd >= 0 && !link->eof) {
        struct pollfd wanted = {.fd = link->fd, .events = POLLIN};
        int left = pb_link_left(deadline);
        if (left == 0 || poll(&wanted, 1, left) == 0)
            return;
        ssize_t got = recv(link->fd, forgotten, sizeof forgotten, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            link->eof = true;
    }
}

void pb_link_close(struct pb_link *link)
{
    if (link->fd >= 0)
        close(link->fd);
    link->fd = -1;
}
