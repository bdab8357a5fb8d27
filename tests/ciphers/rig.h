/* A bench for one cipher plugin, without the core: it plays the program's part as cipher.h
 * describes it, and puts every buffer and every session memory between two pages that may not be
 * touched. */
#ifndef RIG_H
#define RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <plugboard/cipher.h>

/* ---- memory with a forbidden page at either end ---- */

struct rig_area {
    uint8_t *base; /* the first usable byte */
    size_t room;   /* a multiple of the page size */
};

enum rig_edge { RIG_FIRST, RIG_LAST }; /* which of the two pages is next to the bytes */

struct rig_area rig_area_make(size_t size);
void rig_area_free(struct rig_area area);
/* size bytes (at most the area's room) that touch the page before or the page behind. */
uint8_t *rig_area_at(struct rig_area area, enum rig_edge edge, size_t size);

/* ---- the program's side of the ABI ---- */

struct rig_keys {
    char public[PB_KEY_MAX + 1], private[PB_KEY_MAX + 1];
};

/* Loads a plugin for the rest of the program; fails the test if that is impossible. */
const struct pb_cipher *rig_load(const char *file);

/* The host that plugins get. Random bytes are a function of the seed and of how many were drawn. */
const struct pb_host *rig_host(void);
void rig_seed(uint64_t seed);
void rig_random(void *out, size_t size);
/* What the plugin last said through host.fail; "" if nothing since rig_seed or the last look. */
const char *rig_reason(void);

/* options: NULL-terminated, or NULL for none. Fails the test unless the plugin makes a good pair.
 */
void rig_keygen(const struct pb_cipher *cipher, const char *const *options, struct rig_keys *keys);

/* One side of one stream. */
struct rig_end {
    const struct pb_cipher *cipher;
    struct rig_area area;
    void *memory;
    bool touched; /* greet or start was called: stop is due */
};

/* What the two sides of a session hold; whoever lies in a test lies here. */
struct rig_session {
    const struct pb_cipher *cipher;
    const struct rig_keys *keys[2]; /* by role */
    const char *peer_public[2];     /* by role: what this side takes for the other's key */
    uint8_t id[PB_SESSION_ID_SIZE];
    uint8_t greeting[2][PB_GREETING_MAX]; /* by role: what this side said */
    size_t greeting_size[2];
    uint8_t hello[100], welcome[200]; /* stand for the transcript */
    struct rig_end parent[2];         /* stream 0 */
    enum rig_edge edge;               /* where session memory lies */
};

/* Makes session id and transcript, greets if the cipher does, starts stream 0 on both sides. */
void rig_session_start(struct rig_session *session, const struct pb_cipher *cipher,
                       const struct rig_keys *client, const struct rig_keys *server);
/* The same in steps, for tests that change something between them. */
void rig_session_init(struct rig_session *session, const struct pb_cipher *cipher,
                      const struct rig_keys *client, const struct rig_keys *server);
void rig_session_greet(struct rig_session *session);
void rig_session_close(struct rig_session *session);

/* Starts one side of a stream; returns what start returned. Stream 0: the parent itself, already
 * greeted. The end must be stopped in any case. */
int rig_end_start(struct rig_end *end, struct rig_session *session, enum pb_role role,
                  uint32_t stream);
void rig_end_stop(struct rig_end *end);

/* Both sides of a further stream; fails the test unless both start. */
struct rig_stream {
    struct rig_end end[2]; /* by role */
};
void rig_stream_start(struct rig_stream *stream, struct rig_session *session, uint32_t number);
void rig_stream_stop(struct rig_stream *stream);

/* Only start, with these texts: what does the plugin say? Nothing but the result and rig_reason are
 * left behind. */
int rig_try_start(const struct pb_cipher *cipher, const char *own_public, const char *own_private,
                  const char *peer_public);

/* The largest sealed size, as the core asks for it. */
size_t rig_sealed_max(const struct rig_end *end, size_t plain_size);

/* Seals into a guarded buffer: the result lies at *sealed until the next seal with the same slot (0
 * to 3). */
int rig_seal(struct rig_end *end, uint64_t sequence, const void *plain, size_t size, int slot,
             uint8_t **sealed, size_t *sealed_size, enum rig_edge edge);
/* Opens likewise; *plain until the next open. */
int rig_open(struct rig_end *end, uint64_t sequence, const void *sealed, size_t size,
             uint8_t **plain, size_t *plain_size, enum rig_edge edge);

/* Seals at one end, opens at the other, at both edges; fails the test unless the same bytes come
 * out. */
void rig_round_trip(struct rig_end *from, struct rig_end *to, uint64_t sequence, const void *plain,
                    size_t size);

#endif
