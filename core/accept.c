/* The server's half of a beginning: hear HELLO, answer, listen on a new port, and let in only who has the ticket. */
#include "channel_parts.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum {
    CANDIDATES = 8,             /* connections to a new port that are heard at once */
    CANDIDATE_PATIENCE = 3000,  /* milliseconds for each of them */
    GONE_PATIENCE = 2000,       /* for a JOIN under way, when the first connection is closed and nobody is at the door */
    REFUSED_PATIENCE = 1000,    /* for the other side to read why */
};

/* ---- S1 ---- */

int pb_channel_adopt(struct pb_channel **out, int fd, unsigned seconds, struct pb_trace *trace, struct pb_error *error)
{
    char address[PB_ADDRESS_MAX];
    struct pb_channel *channel = pb_channel_new(NULL, error);
    *out = channel;
    if (!channel) {
        pb_duplex_close(&(struct pb_duplex){.fd = fd});
        return PB_SYSTEM;
    }
    pb_handshake_init(channel->handshake, NULL);
    channel->control.fd = fd;
    channel->trace = trace;
    channel->deadline = pb_clock_now() + (int64_t)(seconds ? seconds : PB_HANDSHAKE_SECONDS) * 1000;
    pb_net_local(fd, address, &channel->from_port);
    return PB_OK;
}

static int hear_hello(struct pb_channel *channel, struct pb_error *error)
{
    return pb_handshake_hear_hello(channel->handshake, channel->trace, error);
}

int pb_channel_hello(struct pb_channel *channel, const struct pb_hello **hello, struct pb_error *error)
{
    *hello = &channel->handshake->peer;
    return pb_channel_await(channel, &channel->control, hear_hello, "HELLO", error);
}

void pb_channel_refuse(struct pb_channel *channel, unsigned code, const char *sentence)
{
    pb_handshake_refuse(channel->handshake, channel->trace, code, sentence);
    channel->deadline = pb_clock_now() + REFUSED_PATIENCE;
    if (pb_channel_flush(channel, &channel->control, NULL) == PB_OK)
        pb_duplex_linger(&channel->control, REFUSED_PATIENCE);
}

/* ---- strangers on the new port ---- */

struct candidate {
    struct pb_duplex duplex;
    struct pb_wire wire;
    struct pb_stream stream;
    int64_t deadline;
};

struct door {
    struct pb_handshake *handshake;
    const struct pb_place *place;
    uint32_t number;
    int listener;
    const struct pb_channel_watch *watch; /* NULL: nothing else is looked at */
    struct pb_duplex *first; /* the connection whose end means that nobody may come; NULL: not watched */
    int64_t alone;         /* since when nobody is at the door (or the first connection is closed, if that was later) */
    struct candidate at[CANDIDATES];
    size_t count;
};

static void send_away(struct door *door, size_t index)
{
    struct candidate *candidate = &door->at[index];
    pb_stream_close(&candidate->stream);
    pb_duplex_close(&candidate->duplex);
    pb_wire_free(&candidate->wire);
    *candidate = door->at[--door->count];
    candidate->duplex.wire = &candidate->wire; /* it has moved */
    door->alone = pb_clock_now();
}

/* What somebody who has not joined may send: no more than the largest JOIN seals to. */
static size_t join_limit(const struct pb_stream *started)
{
    size_t limit = pb_stream_sealed_max(started, PB_WIRE_HELLO_MAX + 64);
    return limit < started->sealed_limit ? limit : started->sealed_limit;
}

/* Lets everybody in front of the door who fits. */
static void admit(struct door *door)
{
    int fd;
    while (door->count < CANDIDATES && pb_net_accept(&fd, door->listener, NULL) == PB_OK) {
        struct candidate *candidate = &door->at[door->count++];
        memset(candidate, 0, sizeof *candidate);
        candidate->duplex = (struct pb_duplex){.fd = fd, .wire = &candidate->wire};
        candidate->wire.limit[PB_WIRE_SEALED] = join_limit(&door->handshake->control);
        candidate->deadline = pb_clock_now() + CANDIDATE_PATIENCE;
    }
}

/* PB_OK: this is the one. PB_AGAIN: not known yet. PB_BROKEN: the cipher cannot even start. Anything else: not the one. */
static int examine(struct door *door, struct candidate *candidate, struct pb_error *error)
{
    struct pb_error stranger = {0};
    if (!pb_wire_has_frame(&candidate->wire))
        return candidate->duplex.eof ? PB_TRUNCATED : PB_AGAIN;
    /* Session memory of its own, freshly started: a bad record spoils nobody else's. */
    if (pb_stream_open(&candidate->stream, &door->handshake->session, door->number, &stranger) != PB_OK ||
        pb_stream_start(&candidate->stream, &stranger) != PB_OK)
        return pb_status_fail(error, PB_BROKEN, "%s", stranger.text);
    int result = pb_handshake_hear_join(door->handshake, &candidate->stream, &candidate->wire, door->place, &stranger);
    return result == PB_OK ? PB_OK : PB_PROTOCOL; /* whatever his bytes did to the cipher: it was a stranger */
}

/* When to give up. While strangers are at the door the right one may be waiting behind them. */
static int64_t patience(const struct door *door, int64_t deadline)
{
    bool gone = door->first && door->first->eof && door->count == 0;
    return gone && door->alone + GONE_PATIENCE < deadline ? door->alone + GONE_PATIENCE : deadline;
}

/* Waits once for anybody: the listener, a candidate, the end of the first connection, what else is watched. PB_AGAIN: look
 * who is there now. */
static int listen_once(struct door *door, int64_t deadline, struct pb_error *error)
{
    struct pollfd wanted[CANDIDATES + 3];
    nfds_t count = 0;
    int64_t until = deadline;
    for (; count < door->count; count++) {
        wanted[count] = (struct pollfd){.fd = door->at[count].duplex.fd, .events = POLLIN};
        if (door->at[count].deadline < until)
            until = door->at[count].deadline;
    }
    bool first = door->first && door->first->fd >= 0 && !door->first->eof;
    wanted[count++] = (struct pollfd){.fd = door->count < CANDIDATES ? door->listener : -1, .events = POLLIN};
    wanted[count++] = (struct pollfd){.fd = first ? door->first->fd : -1, .events = POLLIN};
    wanted[count] = (struct pollfd){.fd = door->watch ? door->watch->fd : -1, .events = POLLIN};
    if (poll(wanted, count + 1, pb_clock_left(until)) <= 0)
        return PB_AGAIN;
    for (size_t i = 0; i < door->count; i++)
        if (wanted[i].revents)
            pb_duplex_fill(&door->at[i].duplex);
    if (wanted[count - 1].revents && (pb_duplex_fill(door->first) == PB_ENDED || pb_wire_has_frame(door->first->wire))) {
        door->first->eof = true; /* gone, or it talks where it has nothing to say */
        door->alone = pb_clock_now();
    }
    if (wanted[count - 2].revents)
        admit(door);
    int result = wanted[count].revents ? door->watch->look(door->watch->context, error) : PB_OK;
    return result == PB_OK ? PB_AGAIN : result;
}

/* Until the right one has joined: its duplex, wire and stream become the channel's. */
static int await_join(struct door *door, struct pb_channel *channel, int64_t deadline, struct pb_error *error)
{
    int result = PB_AGAIN;
    while (result == PB_AGAIN) {
        result = listen_once(door, patience(door, deadline), error);
        for (size_t i = 0; i < door->count && result == PB_AGAIN;) {
            struct candidate *candidate = &door->at[i];
            int found = examine(door, candidate, error);
            if (found == PB_OK) {
                channel->own_wire = candidate->wire;
                channel->stream = candidate->stream;
                channel->duplex.fd = candidate->duplex.fd;
                memset(candidate, 0, sizeof *candidate);
                candidate->duplex.fd = -1;
                result = PB_OK;
            } else if (found == PB_BROKEN) {
                result = PB_BROKEN;
            } else if (found != PB_AGAIN || pb_clock_left(candidate->deadline) == 0) {
                send_away(door, i);
                continue;
            }
            i++;
        }
        if (result == PB_AGAIN && pb_clock_left(patience(door, deadline)) == 0)
            result = door->first && door->first->eof
                         ? pb_status_fail(error, PB_TRUNCATED, "the client went away before it moved to port %u",
                                          door->place->port)
                         : pb_status_fail(error, PB_TIMEOUT, "nobody joined on port %u in time", door->place->port);
    }
    while (door->count > 0)
        send_away(door, door->count - 1);
    return result;
}

/* ---- S2, S3, and JOIN ---- */

static int hear_join(struct pb_channel *channel, struct pb_error *error)
{
    return pb_handshake_hear_join(channel->handshake, &channel->stream, channel->duplex.wire, &channel->handshake->place,
                                  error);
}

/* --data-ports same: stream 1 goes on over the first connection. */
static int stay(struct pb_channel *channel, struct pb_error *error)
{
    struct pb_handshake *handshake = channel->handshake;
    int result;
    if ((result = pb_stream_open(&channel->stream, &handshake->session, 1, error)) != PB_OK ||
        (result = pb_stream_start(&channel->stream, error)) != PB_OK)
        return result;
    channel->duplex = channel->control;
    channel->control.fd = -1;
    channel->duplex.wire->limit[PB_WIRE_SEALED] = join_limit(&channel->stream);
    return pb_channel_await(channel, &channel->duplex, hear_join, "JOIN", error);
}

static int move(struct pb_channel *channel, int listener, struct pb_error *error)
{
    struct door *door = calloc(1, sizeof *door);
    if (!door)
        return pb_status_fail(error, PB_SYSTEM, "no memory to move to a new port");
    door->handshake = channel->handshake;
    door->place = &channel->handshake->place;
    door->number = 1;
    door->listener = listener;
    door->first = &channel->control;
    int result = await_join(door, channel, channel->deadline, error);
    free(door);
    return result;
}

int pb_channel_welcome(struct pb_channel *channel, const struct pb_party *party, const struct pb_ports *ports,
                       struct pb_error *error)
{
    struct pb_handshake *handshake = channel->handshake;
    struct pb_duplex listener = {.fd = -1};
    struct pb_error reason = {0};
    int result = pb_handshake_say_welcome(handshake, party, &reason);
    if (result != PB_OK) {
        bool key = result == PB_REFUSED; /* a reason of start may travel */
        pb_channel_refuse(channel, key ? PB_REFUSAL_BAD_KEY : PB_REFUSAL_FAILED, key ? reason.text : NULL);
        return pb_status_fail(error, result, "%s", reason.text);
    }
    handshake->place.port = 0;
    if (!ports->same) {
        result = pb_net_listen_between(&listener.fd, channel->control.fd, ports->low, ports->high,
                                       &handshake->session.random, &handshake->place.port, &reason);
        if (result != PB_OK) {
            pb_channel_refuse(channel, PB_REFUSAL_NO_PORT, NULL);
            return pb_status_fail(error, result, "%s", reason.text);
        }
    }
    channel->to_port = handshake->place.port;
    if ((result = pb_handshake_say_switch(handshake, error)) != PB_OK ||
        (result = pb_channel_flush(channel, &channel->control, error)) != PB_OK)
        goto out;
    result = ports->same ? stay(channel, error) : move(channel, listener.fd, error);
out:
    pb_duplex_close(&listener);
    return result;
}

/* ---- further streams ---- */

struct pb_offer {
    int listener;
    struct pb_place place;
};

static void end_offer(struct pb_offer *offer)
{
    pb_duplex_close(&(struct pb_duplex){.fd = offer->listener});
    explicit_bzero(offer, sizeof *offer);
    free(offer);
}

int pb_channel_offer(struct pb_channel *main, const struct pb_ports *ports, struct pb_offer **out, struct pb_error *error)
{
    struct pb_session *session = &main->handshake->session;
    struct pb_offer *offer = calloc(1, sizeof *offer);
    int result;
    *out = NULL;
    if (!offer)
        return pb_status_fail(error, PB_SYSTEM, "no memory for an offer");
    offer->listener = -1;
    if ((result = pb_net_listen_between(&offer->listener, main->duplex.fd, ports->low, ports->high, &session->random,
                                        &offer->place.port, error)) != PB_OK)
        goto out;
    offer->place.stream = ++main->streams; /* never given twice */
    pb_random_bytes(&session->random, offer->place.ticket, sizeof offer->place.ticket);
    size_t size = pb_message_offer_size(&offer->place);
    uint8_t *room = pb_channel_room(main, size);
    if (!room) {
        result = pb_status_fail(error, PB_SYSTEM, "no memory for an offer");
        goto out;
    }
    pb_message_write_offer(&offer->place, room);
    result = pb_channel_send_offer(main, size, error);
out:
    if (result != PB_OK)
        end_offer(offer);
    else
        *out = offer;
    return result;
}

void pb_channel_withdraw(struct pb_offer *offer)
{
    if (offer)
        end_offer(offer);
}

int pb_channel_accept(struct pb_channel *main, struct pb_offer *offer, unsigned seconds, const struct pb_channel_watch *watch,
                      struct pb_channel **out, struct pb_error *error)
{
    struct pb_channel *channel = pb_channel_new(main, error);
    struct door *door = calloc(1, sizeof *door);
    int result = PB_SYSTEM;
    *out = NULL;
    if (!channel || !door) {
        pb_status_fail(error, PB_SYSTEM, "no memory for a further stream");
        goto out;
    }
    door->handshake = main->handshake;
    door->place = &offer->place;
    door->number = offer->place.stream;
    door->listener = offer->listener;
    door->watch = channel->watch = watch;
    channel->from_port = main->to_port ? main->to_port : main->from_port;
    channel->to_port = offer->place.port;
    result = await_join(door, channel, pb_clock_now() + (int64_t)seconds * 1000, error);
out:
    end_offer(offer);
    free(door);
    if (result != PB_OK)
        pb_channel_close(channel);
    else
        *out = channel;
    return result;
}
