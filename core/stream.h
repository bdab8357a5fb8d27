/* A stream: one connection's records. Session memory of its own, a sequence number a direction, and the lending of
 * buffers. This is the only place where verbs of a cipher are called (keygen apart, see keypair.h). Nothing here
 * touches a socket: plain messages go in and frames come out (wire.h), frames go in and plain messages come out. */
#ifndef PLUGBOARD_STREAM_H
#define PLUGBOARD_STREAM_H

#include "session.h"
#include "wire.h"

struct pb_stream {
    struct pb_session *session;
    uint32_t number;
    void *memory;                 /* session_size bytes and a guard behind them */
    bool touched;                 /* greet or start was called: stop is due */
    bool started;
    uint64_t seal_sequence, open_sequence;
    size_t sealed_limit;          /* sealed_max(PB_MESSAGE_MAX) */
    uint8_t *plain_out, *plain_in; /* lent to the app, kind byte in front */
    size_t plain_out_room, plain_in_room;
    struct pb_error failed;       /* sticky */
};

/* Allocates the memory of a stream. */
int pb_stream_open(struct pb_stream *stream, struct pb_session *session, uint32_t number, struct pb_error *error) PB_CHECKED;

/* Calls greet if the cipher has one. greeting: room for PB_GREETING_MAX. Stream 0 only. */
int pb_stream_greet(struct pb_stream *stream, uint8_t *greeting, size_t *greeting_size, struct pb_error *error) PB_CHECKED;

/* Calls start, and checks what it says about sizes. The session must know id, peer_public, greeting and transcript.
 * PB_REFUSED: a key is not good, the reason is in error and may be told to the peer. PB_BROKEN: the plugin's fault. */
int pb_stream_start(struct pb_stream *stream, struct pb_error *error) PB_CHECKED;

/* The largest sealed size of a plain message of plain_size bytes (its kind included). The stream is started. */
size_t pb_stream_sealed_max(const struct pb_stream *stream, size_t plain_size);

/* Lends room for the body of the next message: size bytes, at most PB_MESSAGE_MAX - 1. NULL: no memory. */
uint8_t *pb_stream_room(struct pb_stream *stream, size_t size);

/* Seals the first size bytes of the lent room as one message of this kind, straight into wire's output. */
int pb_stream_seal(struct pb_stream *stream, struct pb_wire *wire, uint8_t kind, size_t size, struct pb_error *error) PB_CHECKED;

/* Opens one sealed body. *kind and *body (size bytes, lent until the next call) are the message. */
int pb_stream_unseal(struct pb_stream *stream, const uint8_t *sealed, size_t sealed_size, uint8_t *kind, const uint8_t **body,
                   size_t *size, struct pb_error *error) PB_CHECKED;

/* The line of the cipher's explain; false if it has none. */
bool pb_stream_explain(const struct pb_stream *stream, char *line, size_t size);

/* Gives the lent buffers back to the system; for a stream that waits long. */
void pb_stream_idle(struct pb_stream *stream);

/* Calls stop if it is due, wipes, frees. A zeroed stream is fine. */
void pb_stream_close(struct pb_stream *stream);

#endif
