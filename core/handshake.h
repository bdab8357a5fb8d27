/* The handshake, step by step, the two sides mirrored: each `say` puts a frame into a wire, each `hear` takes one.
 *
 *     client                                       server
 *     C1 say_hello      ---- HELLO, in clear --->  S1 hear_hello      (allowed? or refuse)
 *     C2 hear_welcome   <--- WELCOME, in clear --  S2 say_welcome     (greet and start)
 *        meet           (known server? start)
 *        hear_switch    <--- SWITCH, sealed -----  S3 say_switch      (stream 0, sequence 0)
 *     C3 say_join       ---- JOIN, sealed ------>     hear_join       (stream 1, sequence 0)
 *
 * No socket, no clock, no file: channel.c lends those; tests and fuzzers do without. hear_* return PB_AGAIN until
 * their frame is whole. PROTOCOL.md, "Handshake". */
#ifndef PLUGBOARD_HANDSHAKE_H
#define PLUGBOARD_HANDSHAKE_H

#include "message.h"
#include "stream.h"
#include "wire.h"

struct pb_handshake {
    struct pb_session session;
    struct pb_stream control;      /* stream 0 */
    struct pb_wire wire;           /* of the first connection */
    struct pb_place place;         /* where the conversation goes on */
    struct pb_refusal_text refusal;/* when a hear returned PB_PEER_REFUSED, or PB_ABORTED */
    struct pb_hello peer;          /* what the other side said of itself; last, because it is large */
};

/* handshake is zeroed. server: party NULL until say_welcome: S1 knows no cipher. client: the party. */
void pb_handshake_init(struct pb_handshake *handshake, const struct pb_party *party);
void pb_handshake_free(struct pb_handshake *handshake);

int pb_handshake_say_hello(struct pb_handshake *handshake, struct pb_error *error) PB_CHECKED;
int pb_handshake_hear_hello(struct pb_handshake *handshake, struct pb_trace *trace, struct pb_error *error) PB_CHECKED;

/* Instead of WELCOME or SWITCH. sentence NULL: the table's. */
void pb_handshake_refuse(struct pb_handshake *handshake, struct pb_trace *trace, unsigned code, const char *sentence);

int pb_handshake_say_welcome(struct pb_handshake *handshake, const struct pb_party *party, struct pb_error *error) PB_CHECKED;
int pb_handshake_hear_welcome(struct pb_handshake *handshake, struct pb_error *error) PB_CHECKED;

/* Client, after hear_welcome and after peer.public_key was found to be the expected one: start. */
int pb_handshake_meet(struct pb_handshake *handshake, struct pb_error *error) PB_CHECKED;

/* place.port and place.host are set by the caller; ticket and hello here. */
int pb_handshake_say_switch(struct pb_handshake *handshake, struct pb_error *error) PB_CHECKED;
int pb_handshake_hear_switch(struct pb_handshake *handshake, struct pb_error *error) PB_CHECKED;

/* stream: opened and started here with its number; wire: of the connection that it goes over. */
int pb_handshake_say_join(struct pb_handshake *handshake, struct pb_stream *stream, uint32_t number, struct pb_wire *wire,
                          const struct pb_place *place, struct pb_error *error) PB_CHECKED;
/* stream: already open and started by the caller (so that a stranger costs no start), or closed again after any error. */
int pb_handshake_hear_join(struct pb_handshake *handshake, struct pb_stream *stream, struct pb_wire *wire,
                           const struct pb_place *place, struct pb_error *error) PB_CHECKED;

#endif
