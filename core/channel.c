/* The conversation: send, receive, wait, end. How it began is in connect.c and accept.c. */
#include "channel_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RESTLESS = 1000, GOODBYE = 1000 }; /* milliseconds: before buffers are given back; for a last word to arrive */

struct pb_channel *pb_channel_new(struct pb_channel *main, struct pb_error *error)
{
    struct pb_channel *channel = calloc(1, sizeof *channel);
    if (channel && !main)
        channel->handshake = calloc(1, sizeof *channel->handshake);
    if (!channel || (!main && !channel->handshake)) {
        free(channel);
        pb_status_fail(error, PB_SYSTEM, "no memory for a connection");
        return NULL;
    }
    channel->main = main;
    if (main) {
        channel->handshake = main->handshake;
        channel->trace = main->trace;
        channel->idle_seconds = main->idle_seconds;
    }
    channel->duplex = (struct pb_duplex){.fd = -1, .wire = &channel->own_wire};
    channel->control = (struct pb_duplex){.fd = -1, .wire = &channel->handshake->wire};
    channel->streams = 1;
    return channel;
}

/* ---- the handshake's waits: one deadline for all of it ---- */

int pb_channel_await(struct pb_channel *channel, struct pb_duplex *duplex,
                     int (*hear)(struct pb_channel *channel, struct pb_error *error), const char *what,
                     struct pb_error *error)
{
    for (;;) {
        int result = hear(channel, error);
        if (result != PB_AGAIN)
            return result;
        if (duplex->eof)
            return pb_status_fail(error, PB_TRUNCATED, "the other side closed the connection before its %s", what);
        int left = pb_clock_left(channel->deadline);
        if (left == 0)
            return pb_status_fail(error, PB_TIMEOUT, "the other side did not send its %s in time", what);
        if (pb_duplex_turn(duplex, -1, left) == PB_DUPLEX_SIGNAL)
            return pb_status_fail(error, PB_INTERRUPTED, "interrupted while waiting for %s", what);
    }
}

int pb_channel_flush(struct pb_channel *channel, struct pb_duplex *duplex, struct pb_error *error)
{
    for (;;) {
        int result = pb_duplex_drain(duplex);
        if (result == PB_OK)
            return PB_OK;
        if (result == PB_TRUNCATED)
            return pb_status_fail(error, PB_TRUNCATED, "the other side closed the connection in the handshake");
        int left = pb_clock_left(channel->deadline);
        if (left == 0 || pb_duplex_turn(duplex, -1, left) == 0)
            return pb_status_fail(error, PB_TIMEOUT, "the other side does not take what is sent to it");
    }
}

/* ---- sending ---- */

static int idle_milliseconds(const struct pb_channel *channel)
{
    return channel->idle_seconds ? (int)channel->idle_seconds * 1000 : -1;
}

static int watched_fd(const struct pb_channel *channel)
{
    return channel->watch ? channel->watch->fd : -1;
}

/* What a wait is worth: `mask` is what it said, `deadline` goes on with every byte that has moved. PB_AGAIN: time is over. */
static int judge_wait(struct pb_channel *channel, int mask, int64_t *deadline, struct pb_error *error)
{
    if (mask == PB_DUPLEX_SIGNAL)
        return PB_INTERRUPTED;
    if (mask & PB_DUPLEX_MOVED)
        *deadline = pb_clock_now() + idle_milliseconds(channel);
    int result = mask & PB_DUPLEX_OTHER ? channel->watch->look(channel->watch->context, error) : PB_OK;
    if (result == PB_OK && channel->idle_seconds && pb_clock_left(*deadline) == 0)
        return PB_AGAIN;
    return result;
}

static int wait_left(const struct pb_channel *channel, int64_t deadline)
{
    return channel->idle_seconds ? pb_clock_left(deadline) : -1;
}

static int push(struct pb_channel *channel, struct pb_error *error)
{
    int64_t deadline = pb_clock_now() + idle_milliseconds(channel);
    for (;;) {
        int result = pb_duplex_drain(&channel->duplex);
        if (result == PB_OK)
            return PB_OK;
        if (result == PB_TRUNCATED)
            return pb_status_fail(error, PB_TRUNCATED, "the other side closed the connection");
        int mask = pb_duplex_turn(&channel->duplex, watched_fd(channel), wait_left(channel, deadline));
        result = judge_wait(channel, mask, &deadline, error);
        if (result == PB_AGAIN)
            return pb_status_fail(error, PB_TIMEOUT, "the other side has taken nothing for %u seconds", channel->idle_seconds);
        if (result != PB_OK)
            return pb_status_fail(error, result, "interrupted while sending");
    }
}

uint8_t *pb_channel_room(struct pb_channel *channel, size_t size)
{
    return pb_stream_room(&channel->stream, size);
}

static int send_kind(struct pb_channel *channel, uint8_t kind, size_t size, struct pb_error *error)
{
    if (channel->end_said)
        return pb_status_fail(error, PB_ENDED, "nothing can be sent after the end was said");
    int result = pb_stream_seal(&channel->stream, channel->duplex.wire, kind, size, error);
    return result == PB_OK ? push(channel, error) : result;
}

int pb_channel_send(struct pb_channel *channel, size_t size, struct pb_error *error)
{
    return send_kind(channel, PB_DATA, size, error);
}

int pb_channel_send_offer(struct pb_channel *main, size_t size, struct pb_error *error)
{
    return send_kind(main, PB_OFFER, size, error);
}

int pb_channel_write(struct pb_channel *channel, const void *data, size_t size, struct pb_error *error)
{
    const uint8_t *from = data;
    int result;
    do {
        size_t part = size < PB_MESSAGE_MAX - 1 ? size : PB_MESSAGE_MAX - 1;
        uint8_t *room = pb_channel_room(channel, part);
        if (!room)
            return pb_status_fail(error, PB_SYSTEM, "no memory for a message of %zu bytes", part);
        if (part)
            memcpy(room, from, part);
        result = pb_channel_send(channel, part, error);
        from += part;
        size -= part;
    } while (size > 0 && result == PB_OK);
    return result;
}

/* ---- receiving ---- */

static int keep_offer(struct pb_channel *channel, const uint8_t *body, size_t size)
{
    struct pb_error *failed = &channel->failed;
    if (channel->main || channel->handshake->session.party->role == PB_SERVER)
        return pb_status_fail(failed, PB_PROTOCOL, "an OFFER where none may be");
    if (channel->offer_count == PB_OFFERS_WAITING)
        return pb_status_fail(failed, PB_PROTOCOL, "more than %d OFFERs at once", PB_OFFERS_WAITING);
    int result = pb_message_read_offer(&channel->offers[channel->offer_count], body, size, failed);
    if (result != PB_OK)
        return result;
    channel->offer_count++;
    return PB_AGAIN;
}

/* The next message that is there already. PB_AGAIN: none, or one that is not the app's. */
static int take(struct pb_channel *channel, const uint8_t **data, size_t *size)
{
    struct pb_error *failed = &channel->failed;
    struct pb_refusal_text refusal;
    const uint8_t *sealed;
    size_t sealed_size;
    uint8_t type, kind;
    int result = pb_wire_frame(channel->duplex.wire, &type, &sealed, &sealed_size, failed);
    if (result == PB_AGAIN && channel->duplex.eof)
        return pb_status_fail(failed, PB_TRUNCATED, "the connection ended without a goodbye: what came may not be all");
    if (result != PB_OK)
        return result;
    result = pb_stream_unseal(&channel->stream, sealed, sealed_size, &kind, data, size, failed);
    if (result != PB_OK)
        return result;
    switch (kind) {
    case PB_DATA: return PB_OK;
    case PB_END:
        channel->ended = true;
        if (*size != 0)
            return pb_status_fail(failed, PB_PROTOCOL, "an END with %zu bytes after it", *size);
        return pb_status_fail(failed, PB_ENDED, "the other side has ended the conversation");
    case PB_ABORT:
        if ((result = pb_message_read_refusal(&refusal, *data, *size, failed)) != PB_OK)
            return result;
        return pb_status_fail(failed, PB_ABORTED, "the other side gave up: %s", refusal.sentence);
    case PB_OFFER: return keep_offer(channel, *data, *size);
    default:
        if (kind >= PB_KIND_IGNORABLE)
            return PB_AGAIN;
        return pb_status_fail(failed, PB_PROTOCOL, "a message of kind %u, which is not expected here", kind);
    }
}

/* The first error or end stays for ever; copies it to the caller. */
static int stays(struct pb_channel *channel, struct pb_error *error)
{
    return pb_status_fail(error, channel->failed.status, "%s", channel->failed.text);
}

int pb_channel_poll_message(struct pb_channel *channel, const uint8_t **data, size_t *size, struct pb_error *error)
{
    for (;;) {
        if (channel->failed.status != PB_OK)
            return stays(channel, error);
        bool there = pb_wire_has_frame(channel->duplex.wire);
        int result = take(channel, data, size);
        if (result == PB_OK)
            return PB_OK;
        if (result != PB_AGAIN)
            return stays(channel, error);
        if (!there && pb_duplex_fill(&channel->duplex) == PB_AGAIN)
            return PB_AGAIN;
    }
}

/* Waits like pb_duplex_turn, and gives the buffers back if it takes long. */
static int rest(struct pb_channel *channel, int other, int milliseconds)
{
    if (milliseconds >= 0 && milliseconds <= RESTLESS)
        return pb_duplex_turn(&channel->duplex, other, milliseconds);
    int mask = pb_duplex_turn(&channel->duplex, other, RESTLESS);
    if (mask != 0)
        return mask;
    pb_wire_idle(channel->duplex.wire);
    pb_stream_idle(&channel->stream);
    return pb_duplex_turn(&channel->duplex, other, milliseconds < 0 ? -1 : milliseconds - RESTLESS);
}

int pb_channel_receive(struct pb_channel *channel, const uint8_t **data, size_t *size, struct pb_error *error)
{
    int64_t deadline = pb_clock_now() + idle_milliseconds(channel);
    for (;;) {
        int result = pb_channel_poll_message(channel, data, size, error);
        if (result != PB_AGAIN)
            return result;
        int mask = rest(channel, watched_fd(channel), wait_left(channel, deadline));
        result = judge_wait(channel, mask, &deadline, error);
        if (result == PB_AGAIN)
            return pb_status_fail(error, PB_TIMEOUT, "the other side has said nothing for %u seconds", channel->idle_seconds);
        if (result != PB_OK)
            return pb_status_fail(error, result, "interrupted while waiting for a message");
    }
}

int pb_channel_wait(struct pb_channel *channel, int other_fd, int milliseconds)
{
    if (milliseconds < 0)
        milliseconds = idle_milliseconds(channel);
    int64_t deadline = pb_clock_now() + milliseconds;
    for (;;) {
        bool there = channel->failed.status != PB_OK || channel->duplex.eof || pb_wire_has_frame(channel->duplex.wire);
        int left = there ? 0 : milliseconds < 0 ? -1 : pb_clock_left(deadline);
        int mask = rest(channel, other_fd, left);
        int ready = (there || channel->duplex.eof || pb_wire_has_frame(channel->duplex.wire) ? PB_READY_MESSAGE : 0) |
                    (mask & PB_DUPLEX_OTHER ? PB_READY_OTHER : 0);
        if (ready || mask == PB_DUPLEX_SIGNAL || mask == 0)
            return ready;
    }
}

/* ---- ending ---- */

int pb_channel_end(struct pb_channel *channel, struct pb_error *error)
{
    if (channel->end_said)
        return PB_OK;
    int result = send_kind(channel, PB_END, 0, error);
    channel->end_said = true;
    return result;
}

void pb_channel_abort(struct pb_channel *channel, unsigned code, const char *sentence)
{
    if (!channel->stream.started || channel->end_said)
        return;
    uint8_t *room = pb_channel_room(channel, PB_WIRE_REFUSE_MAX);
    if (!room)
        return;
    size_t size = pb_message_write_refusal(code, sentence, room);
    channel->idle_seconds = GOODBYE / 1000;
    if (send_kind(channel, PB_ABORT, size, NULL) != PB_OK)
        channel->duplex.eof = true; /* nobody listens: nothing to wait for */
    channel->end_said = true;
}

void pb_channel_close(struct pb_channel *channel)
{
    if (!channel)
        return;
    bool server = channel->handshake->session.party && channel->handshake->session.party->role == PB_SERVER;
    if (server && channel->end_said)
        pb_duplex_linger(&channel->duplex, GOODBYE); /* TIME_WAIT shall lie with the client */
    pb_duplex_close(&channel->duplex);
    pb_duplex_close(&channel->control);
    pb_stream_close(&channel->stream);
    pb_wire_free(&channel->own_wire);
    if (!channel->main) {
        pb_handshake_free(channel->handshake);
        free(channel->handshake);
    }
    free(channel);
}

/* ---- what apps show ---- */

void pb_channel_moved(const struct pb_channel *channel, char *line, size_t size)
{
    if (channel->to_port)
        snprintf(line, size, "moved from port %u to %u", channel->from_port, channel->to_port);
    else
        snprintf(line, size, "stays on port %u", channel->from_port);
}

const struct pb_hello *pb_channel_peer(const struct pb_channel *channel)
{
    return &channel->handshake->peer;
}

int pb_channel_fd(const struct pb_channel *channel)
{
    return channel->duplex.fd;
}

bool pb_channel_explain(const struct pb_channel *channel, char *line, size_t size)
{
    return pb_stream_explain(&channel->stream, line, size);
}

void pb_channel_set_idle(struct pb_channel *channel, unsigned seconds)
{
    channel->idle_seconds = seconds;
}
