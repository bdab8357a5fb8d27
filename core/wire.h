/* The frames of one connection, without the connection: bytes in, frames out, and the reverse. Knows types and
 * limits, opens nothing. PROTOCOL.md, "Frames". */
#ifndef PLUGBOARD_WIRE_H
#define PLUGBOARD_WIRE_H

#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PB_WIRE_VERSION 1
#define PB_WIRE_HEADER 8                 /* 'P' 'B' version type length(32, big-endian) */
#define PB_WIRE_HELLO_MAX (40u * 1024)   /* body of HELLO and of WELCOME */
#define PB_WIRE_REFUSE_MAX 202           /* code, and a sentence of at most 200 bytes */
#define PB_WIRE_GUARD 16                 /* bytes behind a reserved body: session.c sees there who wrote too far */
#define PB_WIRE_AHEAD (4u << 20)         /* bytes read ahead of what the app takes, beyond one frame */

enum pb_wire_type { PB_WIRE_HELLO = 1, PB_WIRE_WELCOME = 2, PB_WIRE_REFUSE = 3, PB_WIRE_SEALED = 4, PB_WIRE_TYPES = 5 };

/* Zeroed = empty, accepts nothing. */
struct pb_wire {
    size_t limit[PB_WIRE_TYPES]; /* largest body accepted of each type now; 0: the type is not expected */
    uint8_t *in;                 /* received bytes from in_start to in_end */
    size_t in_start, in_end, in_room;
    uint8_t *out;                /* bytes to send from out_start to out_end */
    size_t out_start, out_end, out_room;
};

void pb_wire_free(struct pb_wire *wire);

/* ---- receiving ---- */

/* Lends where to put received bytes: NULL with *size 0 when enough is read ahead (take frames first), or without memory. */
uint8_t *pb_wire_input(struct pb_wire *wire, size_t *size);
/* size bytes have been put there. */
void pb_wire_received(struct pb_wire *wire, size_t size);

/* The next whole frame: its type and body, lent until the next call on this wire's receiving side. PB_AGAIN: not whole yet.
 * PB_PROTOCOL: wrong magic, version, type or length; said as soon as the header is there. */
int pb_wire_frame(struct pb_wire *wire, uint8_t *type, const uint8_t **body, size_t *size, struct pb_error *error) PB_CHECKED;

/* True if a whole frame waits (or a header that pb_wire_frame will not like). */
bool pb_wire_has_frame(const struct pb_wire *wire);

/* True if bytes of a frame that is not whole are there: an end now would cut it. */
bool pb_wire_is_partial(const struct pb_wire *wire);

/* ---- sending ---- */

/* Lends room for a body of at most size bytes (and PB_WIRE_GUARD bytes that a cipher may not touch); NULL: no memory. */
uint8_t *pb_wire_reserve(struct pb_wire *wire, size_t size);
/* The lent body is complete with size bytes: puts the header before it and makes it ready to send. */
void pb_wire_commit(struct pb_wire *wire, uint8_t type, size_t size);

/* What waits to be sent; *size 0: nothing. */
const uint8_t *pb_wire_output(const struct pb_wire *wire, size_t *size);
/* size bytes of it are gone. */
void pb_wire_sent(struct pb_wire *wire, size_t size);

/* Gives empty buffers back to the system; for a connection that waits long. */
void pb_wire_idle(struct pb_wire *wire);

#endif
