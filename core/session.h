/* A session: what both sides agreed on in one handshake, and what its plugin gets from us. Its streams are in
 * stream.h. */
#ifndef PLUGBOARD_SESSION_H
#define PLUGBOARD_SESSION_H

#include "progress.h"
#include "random.h"
#include "status.h"
#include "trace.h"

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

#endif
