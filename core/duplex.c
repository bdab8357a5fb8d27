/* Bytes between a socket and a wire. Whoever waits to write also reads, so that two sides that both write cannot lock up. */
#include "duplex.h"

#include "clock.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

int pb_duplex_fill(struct pb_duplex *duplex)
{
    size_t room;
    if (duplex->eof)
        return PB_ENDED;
    uint8_t *to = pb_wire_input(duplex->wire, &room);
    if (!to)
        return PB_AGAIN;
    ssize_t got = recv(duplex->fd, to, room, 0);
    if (got > 0) {
        pb_wire_received(duplex->wire, (size_t)got);
        return PB_OK;
    }
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return PB_AGAIN;
    duplex->eof = true;
    return PB_ENDED;
}

int pb_duplex_drain(struct pb_duplex *duplex)
{
    for (;;) {
        size_t size;
        const uint8_t *from = pb_wire_output(duplex->wire, &size);
        if (size == 0)
            return PB_OK;
        ssize_t sent = send(duplex->fd, from, size, MSG_NOSIGNAL);
        if (sent >= 0)
            pb_wire_sent(duplex->wire, (size_t)sent);
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            return PB_AGAIN;
        else if (errno != EINTR)
            return PB_TRUNCATED;
    }
}

int pb_duplex_turn(struct pb_duplex *duplex, int other, int milliseconds)
{
    size_t waiting, room = 0;
    pb_wire_output(duplex->wire, &waiting);
    if (!duplex->eof)
        pb_wire_input(duplex->wire, &room);
    struct pollfd wanted[2] = {
        {.fd = duplex->fd, .events = (short)((room ? POLLIN : 0) | (waiting ? POLLOUT : 0))},
        {.fd = other, .events = POLLIN},
    };
    if (wanted[0].events == 0)
        wanted[0].fd = -1; /* otherwise a hang-up would be reported again and again */
    int ready = poll(wanted, 2, milliseconds), mask = 0;
    if (ready < 0)
        return PB_DUPLEX_SIGNAL;
    if (wanted[0].revents) {
        mask |= PB_DUPLEX_MOVED;
        if (wanted[0].revents & (POLLIN | POLLHUP | POLLERR) && room)
            pb_duplex_fill(duplex);
        if (wanted[0].revents & (POLLOUT | POLLHUP | POLLERR) && waiting && pb_duplex_drain(duplex) == PB_TRUNCATED && !room)
            duplex->eof = true;
    }
    if (wanted[1].revents)
        mask |= PB_DUPLEX_OTHER;
    return mask;
}

void pb_duplex_linger(struct pb_duplex *duplex, int milliseconds)
{
    uint8_t forgotten[4096];
    int64_t deadline = pb_clock_now() + milliseconds;
    while (duplex->fd >= 0 && !duplex->eof) {
        struct pollfd wanted = {.fd = duplex->fd, .events = POLLIN};
        int left = pb_clock_left(deadline);
        if (left == 0 || poll(&wanted, 1, left) == 0)
            return;
        ssize_t got = recv(duplex->fd, forgotten, sizeof forgotten, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            duplex->eof = true;
    }
}

void pb_duplex_close(struct pb_duplex *duplex)
{
    if (duplex->fd >= 0)
        close(duplex->fd);
    duplex->fd = -1;
}
