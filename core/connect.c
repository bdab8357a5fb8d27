/* The client's half of a beginning: call, shake hands, move to the new port, join. */
#include "channel_parts.h"

#include <string.h>

static int hear_welcome(struct pb_channel *channel, struct pb_error *error)
{
    return pb_handshake_hear_welcome(channel->handshake, error);
}

static int hear_switch(struct pb_channel *channel, struct pb_error *error)
{
    return pb_handshake_hear_switch(channel->handshake, error);
}

/* Connects to the place that a SWITCH or an OFFER named. */
static int go_to(struct pb_channel *channel, const struct pb_duplex *known, const struct pb_place *place,
                 struct pb_error *error)
{
    char address[PB_ADDRESS_MAX], where[PB_ENDPOINT_MAX];
    struct pb_error detail = {0};
    uint16_t port;
    const char *host = place->host;
    if (!*host) {
        if (pb_net_peer(known->fd, address, &port) != PB_OK)
            return pb_status_fail(error, PB_TRUNCATED, "the server closed the connection in the handshake");
        host = address;
    }
    int left = pb_clock_left(channel->deadline);
    if (pb_net_connect(&channel->duplex.fd, host, place->port, (unsigned)(left + 999) / 1000, &detail) == PB_OK)
        return PB_OK;
    pb_net_join(where, sizeof where, host, place->port);
    return pb_status_fail(error, PB_TIMEOUT, "%s, where the server wants to go on, does not answer: a firewall? Start the "
                                             "server with --data-ports same",
                          where);
}

static int shake_hands(struct pb_channel *channel, const struct pb_call *call, struct pb_error *error)
{
    struct pb_handshake *handshake = channel->handshake;
    struct pb_duplex *control = &channel->control;
    int result;
    if ((result = pb_handshake_say_hello(handshake, error)) != PB_OK ||
        (result = pb_channel_flush(channel, control, error)) != PB_OK ||
        (result = pb_channel_await(channel, control, hear_welcome, "WELCOME", error)) != PB_OK)
        return result;
    if (call->meet && (result = call->meet(call->context, handshake->peer.public_key, error)) != PB_OK)
        return result;
    if ((result = pb_handshake_meet(handshake, error)) != PB_OK ||
        (result = pb_channel_await(channel, control, hear_switch, "SWITCH", error)) != PB_OK)
        return result;

    bool stays = handshake->place.port == 0;
    if (stays) {
        channel->duplex = *control;
        control->fd = -1;
    } else if ((result = go_to(channel, control, &handshake->place, error)) != PB_OK) {
        return result;
    }
    channel->to_port = handshake->place.port;
    if ((result = pb_handshake_say_join(handshake, &channel->stream, 1, channel->duplex.wire, &handshake->place, error)) !=
            PB_OK ||
        (result = pb_channel_flush(channel, &channel->duplex, error)) != PB_OK)
        return result;
    if (!stays) {
        pb_duplex_close(control);
        pb_wire_idle(control->wire);
    }
    return PB_OK;
}

int pb_channel_connect(struct pb_channel **out, const struct pb_call *call, struct pb_error *error)
{
    unsigned seconds = call->seconds ? call->seconds : PB_HANDSHAKE_SECONDS;
    struct pb_channel *channel = pb_channel_new(NULL, error);
    *out = NULL;
    if (!channel)
        return PB_SYSTEM;
    pb_handshake_init(channel->handshake, call->party);
    channel->trace = call->party->trace;
    channel->from_port = call->port;
    channel->deadline = pb_clock_now() + (int64_t)seconds * 1000;
    int result = pb_net_connect(&channel->control.fd, call->host, call->port, seconds, error);
    if (result == PB_OK)
        result = shake_hands(channel, call, error);
    if (result == PB_PEER_REFUSED && call->refusal)
        *call->refusal = channel->handshake->refusal;
    if (result != PB_OK)
        pb_channel_close(channel);
    else
        *out = channel;
    return result;
}

/* A further stream goes where the conversation goes: a server that could name any address would make its clients knock
 * at other people's doors. */
static int same_host(const struct pb_channel *main, const struct pb_place *place, struct pb_error *error)
{
    char address[PB_ADDRESS_MAX];
    uint16_t port;
    if (!*place->host || (pb_net_peer(main->duplex.fd, address, &port) == PB_OK && strcmp(address, place->host) == 0))
        return PB_OK;
    return pb_status_fail(error, PB_PROTOCOL, "the server offers a stream at %s, which is not its own address: not followed",
                          place->host);
}

void pb_channel_forget_offers(struct pb_channel *main)
{
    explicit_bzero(main->offers, sizeof main->offers);
    main->offer_count = 0;
}

int pb_channel_join(struct pb_channel *main, struct pb_channel **out, struct pb_error *error)
{
    *out = NULL;
    if (main->offer_count == 0)
        return pb_status_fail(error, PB_NOT_FOUND, "the server has offered no further stream");
    struct pb_channel *channel = pb_channel_new(main, error);
    if (!channel)
        return PB_SYSTEM;
    struct pb_place place = main->offers[0];
    main->offer_count--;
    memmove(main->offers, main->offers + 1, main->offer_count * sizeof *main->offers);
    channel->deadline = pb_clock_now() + PB_HANDSHAKE_SECONDS * 1000;
    channel->from_port = main->to_port;
    channel->to_port = place.port;
    int result;
    if ((result = same_host(main, &place, error)) != PB_OK ||
        (result = go_to(channel, &main->duplex, &place, error)) != PB_OK ||
        (result = pb_handshake_say_join(main->handshake, &channel->stream, place.stream, channel->duplex.wire, &place,
                                        error)) != PB_OK ||
        (result = pb_channel_flush(channel, &channel->duplex, error)) != PB_OK)
        pb_channel_close(channel);
    else
        *out = channel;
    return result;
}
