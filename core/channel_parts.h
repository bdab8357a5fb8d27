/* What a channel is made of. Only for channel.c, connect.c and accept.c: apps see channel.h. */
#ifndef PLUGBOARD_CHANNEL_PARTS_H
#define PLUGBOARD_CHANNEL_PARTS_H

#include "channel.h"
#include "clock.h"
#include "duplex.h"

#define PB_OFFERS_WAITING 8 /* OFFERs that a client keeps until it joins them */

struct pb_channel {
    struct pb_handshake *handshake; /* of the session: its main channel's own, lent to further streams */
    struct pb_channel *main;        /* NULL: this is the main channel */
    struct pb_duplex duplex;            /* of this stream */
    struct pb_duplex control;         /* main channel: the first connection, if the talk moved; fd -1 otherwise */
    struct pb_wire own_wire;        /* not used when the talk stays on the first connection */
    struct pb_stream stream;
    struct pb_trace *trace;
    const struct pb_channel_watch *watch; /* NULL: nothing else is looked at */
    unsigned idle_seconds;
    int64_t deadline;               /* of the handshake */
    uint16_t from_port, to_port;
    uint32_t streams;               /* main channel of a server: the last number given away */
    struct pb_place offers[PB_OFFERS_WAITING];
    size_t offer_count;
    bool ended, end_said;           /* END came; END or ABORT was said */
    struct pb_error failed;         /* sticky, of receiving */
};

/* A channel with nothing in it; NULL: no memory. */
struct pb_channel *pb_channel_new(struct pb_channel *main, struct pb_error *error);

/* Calls hear on the channel's handshake until it says something else than PB_AGAIN, turning the loop meanwhile. */
int pb_channel_await(struct pb_channel *channel, struct pb_duplex *duplex,
                     int (*hear)(struct pb_channel *channel, struct pb_error *error), const char *what,
                     struct pb_error *error) PB_CHECKED;

/* Sends the offer that is in pb_channel_room. */
int pb_channel_send_offer(struct pb_channel *main, size_t size, struct pb_error *error) PB_CHECKED;

/* Sends all that waits on duplex, until the deadline of the handshake. */
int pb_channel_flush(struct pb_channel *channel, struct pb_duplex *duplex, struct pb_error *error) PB_CHECKED;

#endif
