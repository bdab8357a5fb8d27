/* The data of a transfer through the gateway. A plain data connection ends by closing, so a
 * transfer that was cut must not be closed: it is reset, and the server's word for it is 426. */
#include "relay.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BLOCK = 256 << 10, PATIENCE = 10000 }; /* as long as the server waits for us */

/* Set from the beginning: the kill -9 of this process closes, too. */
static void reset_on_close(int fd, bool reset)
{
    struct linger now = {.l_onoff = reset, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void ftp_relay_begin(struct ftp_relay *relay)
{
    struct pb_error why = {0};
    relay->failed = false;
    if (pb_channel_join(relay->main, &relay->stream, &why) != PB_OK) {
        pb_options_say("plugboard ftp: %s", why.text);
        relay->stream = NULL;
        ftp_relay_finish(relay, false);
        return;
    }
    relay->data = FTP_RELAY_WAIT;
    relay->deadline = ftp_relay_now() + PATIENCE;
}

void ftp_relay_finish(struct ftp_relay *relay, bool complete)
{
    relay->failed = !complete;
    if (relay->data_fd >= 0) {
        reset_on_close(relay->data_fd, !complete);
        close(relay->data_fd);
    }
    relay->data_fd = -1;
    if (relay->stream && !complete)
        pb_channel_abort(relay->stream, PB_REFUSAL_CANCELLED, NULL);
    pb_channel_close(relay->stream);
    relay->stream = NULL;
    relay->pending_size = 0;
    relay->data = FTP_RELAY_NONE;
    ftp_relay_close_port(relay);
}

/* From the server to the client. */
static bool download(struct ftp_relay *relay)
{
    if (relay->pending_size > 0) {
        ssize_t sent = send(relay->data_fd, relay->pending, relay->pending_size, MSG_NOSIGNAL);
        if (sent > 0) {
            relay->pending += sent;
            relay->pending_size -= (size_t)sent;
            return true;
        }
        if (sent < 0 && (errno == EAGAIN || errno == EINTR))
            return false;
        ftp_relay_finish(relay, false);
        return true;
    }
    int result =
        pb_channel_poll_message(relay->stream, &relay->pending, &relay->pending_size, NULL);
    if (result == PB_OK)
        return true;
    relay->pending_size = 0;
    if (result == PB_AGAIN)
        return false;
    ftp_relay_finish(relay, result == PB_ENDED && pb_channel_end(relay->stream, NULL) == PB_OK);
    return true;
}

/* From the client to the server. */
static bool upload(struct ftp_relay *relay)
{
    const uint8_t *ignored;
    size_t size;
    int result = pb_channel_poll_message(relay->stream, &ignored, &size, NULL);
    if (result != PB_AGAIN) { /* END as the answer to ours, or the server gives up */
        ftp_relay_finish(relay, result == PB_ENDED && relay->data == FTP_RELAY_ENDING);
        return true;
    }
    if (relay->data == FTP_RELAY_ENDING)
        return false;
    uint8_t *room = pb_channel_room(relay->stream, BLOCK);
    ssize_t got = room ? recv(relay->data_fd, room, BLOCK, 0) : -1;
    if (room && got < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (got > 0)
        result = pb_channel_send(relay->stream, (size_t)got, NULL);
    else if (got == 0)
        result = pb_channel_end(relay->stream, NULL);
    if (got < 0 || result != PB_OK)
        ftp_relay_finish(relay, false);
    else if (got == 0)
        relay->data = FTP_RELAY_ENDING;
    return true;
}

bool ftp_relay_move(struct ftp_relay *relay)
{
    switch (relay->data) {
    case FTP_RELAY_WAIT:
        if (ftp_relay_connected(relay)) {
            reset_on_close(relay->data_fd, true);
            relay->data = FTP_RELAY_MOVE;
            return true;
        }
        if (ftp_relay_now() < relay->deadline)
            return false;
        ftp_relay_finish(relay, false);
        return true;
    case FTP_RELAY_MOVE:
    case FTP_RELAY_ENDING:
        return relay->upload ? upload(relay) : download(relay);
    default:
        return false;
    }
}

int ftp_relay_wanted(const struct ftp_relay *relay, struct pollfd *wanted)
{
    switch (relay->data) {
    case FTP_RELAY_WAIT:
        wanted[0] = (struct pollfd){.fd = relay->listener, .events = POLLIN};
        return 1;
    case FTP_RELAY_MOVE:
    case FTP_RELAY_ENDING:
        wanted[0] = (struct pollfd){.fd = relay->data == FTP_RELAY_ENDING ? -1 : relay->data_fd,
                                    .events = relay->upload         ? POLLIN
                                              : relay->pending_size ? POLLOUT
                                                                    : 0};
        wanted[1] = (struct pollfd){.fd = relay->pending_size ? -1 : pb_channel_fd(relay->stream),
                                    .events = POLLIN};
        return 2;
    default:
        return 0;
    }
}
