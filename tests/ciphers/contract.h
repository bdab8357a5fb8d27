/* What contract.c and claims.c share: the plugin on trial and its keys. */
#ifndef CONTRACT_H
#define CONTRACT_H

#include "rig.h"

extern const struct pb_cipher *cipher;
extern struct rig_keys client, server,
    mallory; /* mallory: a stranger's good pair, with the client's options */

/* A session of client and server with stream 1 started on both sides. */
void open_session(struct rig_session *session, struct rig_stream *stream);
void close_session(struct rig_session *session, struct rig_stream *stream);

/* Opens a record at a fresh server's end of stream 1: no harm, and refused if it must be. */
void open_hostile(struct rig_session *session, uint64_t sequence, const uint8_t *sealed,
                  size_t size, bool must_refuse);

/* Attacks what the plugin claims; returns how many tests failed. */
int test_claims(void);

#endif
