/* A session and its streams: the only place where verbs of a cipher are called (keygen apart, see keypair.h).
 *
 * A session is what both sides agreed on in one handshake. A stream is one connection's records: session memory
 * of its own, a sequence number a direction, and the lending of buffers. Nothing here touches a socket: plain
 * messages go in and frames come out (wire.h), frames go in and plain messages come out. */
#ifndef PLUGBOARD_SESSION_H
#define PLUGBOARD_SESSION_H

#include "progress.h"
#include "random.h"
#include "status.h"
#include "trace.h"
#include "wire.h"

#include <plugboard/cipher.h>
#include <stdbool.h>

#define PB_REASON_MAX 200 /* bytes kept of a plugin's reason */

/* One side's part in a session: the same on both sides, so that one function takes either. Everything is lent and
 * must stay until the session is closed. */
struct pb_party {
    enum pb_role role;
    const struct pb_cipher *cipher; /* of a loaded plugin */
    const char *own_private;
    const char *own_public;
    const char *service;            /* "talk", "ftp": at most PB_SERVICE_MAX bytes */
    const char *name;               /* what we call ourselves, at most PB_PEER_NAME_MAX bytes; may be "" */
    struct pb_random random;        /* where session id, tickets and the plugin's bytes come from */
    struct pb_trace *trace;         /* NULL: none */
    struct pb_progress *progress;   /* NULL: the session's own */
    uint64_t number;                /* of the session, for trace and reports */
};

struct pb_stream;

struct pb_session {
    const struct pb_party *party;
    struct pb_random random;
    struct pb_host host;          /* what the plugin gets */
    char reason[PB_REASON_MAX + 1]; /* what the plugin last said through host.fail, printable */
    struct pb_progress *progress;
    struct pb_progress own_progress;
    uint8_t id[PB_SESSION_ID_SIZE];
    char *peer_public;            /* owned, NUL-terminated */
    uint8_t *greeting, *hello, *welcome; /* owned: the peer's greeting; the transcript */
    size_t greeting_size, hello_size, welcome_size;
    struct pb_stream *parent;     /* stream 0, NULL before it is started */
};

/* The session is zeroed, or holds a HELLO already. Nothing of the cipher is called yet. */
void pb_session_open(struct pb_session *session, const struct pb_party *party);

/* Wipes and frees. All streams of it must be closed before; stream 0 last. */
void pb_session_close(struct pb_session *session);

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
