/* The plugin ABI: the only header that a cipher must include.
 *
 * A cipher is one shared object that exports one const object, `pb_cipher` (the last
 * line of every plugin is PB_EXPORT_CIPHER = {...}). It links against nothing of Plugboard;
 * what it needs from outside comes as `struct pb_host`.
 *
 * The life of one stream, on either side (client left, server right):
 *
 *     memory = session_size zeroed bytes    memory = session_size zeroed bytes
 *     greet (optional)
 *                          ---- HELLO --->
 *                                           greet (optional), start
 *                          <--- WELCOME --
 *     start
 *     seal, open, seal, seal, open ...      seal, open, open, seal ...
 *     stop (optional), memory wiped         stop (optional), memory wiped
 *
 * Rules for all verbs: one thread, never two calls at once; no I/O, no printing, no
 * exit, no mutable globals; all randomness comes from the host. Every pointer that a verb is given is
 * lent for that call only, except `struct pb_host` (valid until `stop`) and the
 * session memory. Sizes are in bytes. */
#ifndef PLUGBOARD_CIPHER_H
#define PLUGBOARD_CIPHER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#define PB_RESTRICT __restrict__
#else
#define PB_RESTRICT restrict
#endif

#define PB_ABI 1 /* changes only when a plugin built for an older one can no longer be used */

#define PB_KEY_MAX 16383          /* longest key text, the NUL not counted */
#define PB_MESSAGE_MAX (1u << 20) /* longest plain message, its kind byte included */
#define PB_SEALED_MAX (16u << 20) /* sealed_max(PB_MESSAGE_MAX) must not be over this */
#define PB_GREETING_MAX 16384     /* longest greeting */
#define PB_SESSION_ID_SIZE 64     /* 32 fresh random bytes of the client, then 32 of the server */
#define PB_NAME_MAX 31            /* a cipher's name matches [a-z0-9_-]{1,31} */
#define PB_MEMORY_ALIGN 64        /* session memory is aligned to this */

/* What a verb returns. (The core has more codes, see status.h; a verb uses only these.) */
enum pb_result {
    PB_OK = 0,
    PB_REFUSED = 1, /* a key, an option or a record that is not good: somebody else's fault */
    PB_BROKEN = 2   /* the plugin itself cannot go on */
};

/* What a cipher claims: one sentence each, attacked by `plugboard check` and `compare`. */
enum pb_claim {
    PB_CONFIDENTIAL = 1 << 0,        /* two chosen messages of one length cannot be told apart */
    PB_RANDOMISED = 1 << 1,          /* the same message twice gives different bytes */
    PB_INTEGRITY = 1 << 2,           /* nothing that the peer did not seal opens */
    PB_IN_PLACE = 1 << 3,            /* a record opens only in its session, stream, direction, position */
    PB_PEER_AUTHENTICATION = 1 << 4, /* whoever opens and seals holds the private key of that public key */
    PB_FORWARD_SECRECY = 1 << 5,     /* private keys stolen later do not open recorded sessions */
    PB_TOY = 1 << 16                 /* not a claim: a flag. Made to be broken; the apps say so */
};

enum pb_role { PB_CLIENT = 0, PB_SERVER = 1 };

/* What the core offers a plugin. Given to keygen, greet and start, valid until stop. */
struct pb_host {
    size_t size; /* of this struct; look before using a member appended later */

    /* Fills `out` with `size` random bytes; never fails. A function of --seed when that is given. */
    void (*random)(const struct pb_host *host, void *out, size_t size);

    /* Records the reason (a sentence without the cipher's name, no newline, at most 200 bytes are
     * kept) and returns `result`, so that a verb can say: return host->fail(host, PB_REFUSED, ...).
     * A reason of start about the peer's public key may travel to the peer: never put anything of
     * the private key into it. A reason of seal or open stays on this side. */
    int (*fail)(const struct pb_host *host, int result, const char *format, ...)
#if defined(__GNUC__)
        __attribute__((format(printf, 3, 4)))
#endif
        ;
};

/* What greet and start are told. In the client's greet the peer is not known yet: what is marked [*] is NULL or 0
 * there; in the server's greet `welcome` is not there yet. In start everything is there. */
struct pb_setup {
    size_t size;                /* of this struct */
    enum pb_role role;
    uint32_t stream;            /* 0: handshake, 1: main, 2 ...: further connections of the session */
    const char *own_private;    /* key texts as keygen wrote them or a person typed them, */
    const char *own_public;     /* NUL-terminated, printable ASCII, 1 to PB_KEY_MAX bytes: */
    const char *peer_public;    /* [*] not yet checked in any other way */
    const uint8_t *session_id;  /* [*] PB_SESSION_ID_SIZE bytes, fresh in every session */
    const uint8_t *greeting;    /* [*] what the peer's greet said; NULL if nothing */
    size_t greeting_size;       /* [*] */
    const uint8_t *hello;       /* [*] the transcript: bodies of HELLO and WELCOME as they were */
    size_t hello_size;          /* [*] on the wire, without the 8 bytes of the frame header */
    const uint8_t *welcome;     /* [*] */
    size_t welcome_size;        /* [*] */
    const void *parent;         /* the started memory of stream 0, read-only; NULL in stream 0: what was
                                   costly there (a key agreement) need not be done twice */
};

/* seal and open are of one type, so that one function can serve both.
 *   memory     the session memory of this stream
 *   sequence   0, 1, 2 ... counted by the core for each direction of each stream; not on the wire
 *   out        room for *out_size bytes; never overlaps `in`
 *   out_size   in: the room in `out`. seal: sealed_max(in_size). open: at least in_size or
 *              PB_MESSAGE_MAX, whichever is less.   out: how many bytes were written
 *   in         seal: the plain message. open: the sealed body
 *   in_size    seal: 0 to PB_MESSAGE_MAX. open: 0 to sealed_max(PB_MESSAGE_MAX), all of it from a stranger
 * Returns PB_OK; PB_REFUSED: this record is not good (open only); PB_BROKEN.
 * After anything but PB_OK the only further call is stop, and nothing of `out` is used. */
typedef int pb_record_verb(void *PB_RESTRICT memory, uint64_t sequence, uint8_t *PB_RESTRICT out,
                           size_t *PB_RESTRICT out_size, const uint8_t *PB_RESTRICT in, size_t in_size);

/* The vtable. A verb that is not there is NULL; members are only ever appended. */
struct pb_cipher {
    uint32_t abi;        /* PB_ABI */
    uint32_t size;       /* sizeof(struct pb_cipher) when the plugin was compiled */
    const char *name;    /* the file's name without .so */
    const char *title;   /* as in a heading: "Repeating-key XOR" */
    const char *summary; /* one sentence, at most 100 characters */
    uint32_t format;     /* 1 to 65535; of keys and records on the wire: travels in HELLO, must be equal on both sides */
    uint32_t claims;     /* of enum pb_claim, or-ed */
    size_t session_size; /* of the memory of one stream; at least 1, at most 16 MiB */
    size_t overhead;     /* sealed size minus plain size; not used if there is sealed_max */

    /* Makes a key pair. options: "name=value" strings, ended by NULL, never NULL itself; an unknown
     * name or a bad value is PB_REFUSED with the possible ones. public_key and private_key: room for
     * PB_KEY_MAX + 1 bytes each; to be filled with printable ASCII (0x20 to 0x7e) and a NUL.
     * What options chose must be readable from the key text: start gets nothing else. */
    int (*keygen)(const struct pb_host *host, const char *const *options, char *public_key, char *private_key);

    /* Prepares `memory` (zeroed, or as greet left it) for seal and open. PB_REFUSED with a reason if a key is not
     * one that keygen could have made: any other spelling of a key (say which one is right), a private
     * key that does not fit the public one, a peer whose options differ. The core also checks a pair
     * by starting it with its own public key as the peer's: that must be possible.
     * A nonce or key prefix is derived here, from session id, stream and direction. */
    int (*start)(void *memory, const struct pb_host *host, const struct pb_setup *setup);

    pb_record_verb *seal;
    pb_record_verb *open;

    /* ---- optional from here ---- */

    /* Called after start. The largest sealed size of a plain message of this size, in either direction. Never
     * smaller for a larger message. NULL: plain_size + overhead. */
    size_t (*sealed_max)(const void *memory, size_t plain_size);

    /* Gives back what start or greet took from elsewhere. Called exactly once for each memory on which
     * greet or start was called, also when that failed. Most ciphers need none. */
    void (*stop)(void *memory);

    /* Puts up to PB_GREETING_MAX bytes into our HELLO (client) or WELCOME (server): an ephemeral public
     * key, a KEM ciphertext. Called once a session, on stream 0, before start. */
    int (*greet)(void *memory, const struct pb_host *host, const struct pb_setup *setup, uint8_t *greeting,
                 size_t *greeting_size);

    /* After start: one line about this stream for a person who learns ("shared key 3f a2, repeated"),
     * at most `size` bytes with the NUL. Shown only to the owner of the keys, by `try` and `-v`. */
    void (*explain)(const void *memory, char *line, size_t size);
};

/* Plugins are compiled with -fvisibility=hidden; this one object is what they show. */
#if defined(__GNUC__)
#define PB_VISIBLE __attribute__((visibility("default")))
#else
#define PB_VISIBLE
#endif
extern PB_VISIBLE const struct pb_cipher pb_cipher;
#define PB_EXPORT_CIPHER PB_VISIBLE const struct pb_cipher pb_cipher

#ifdef __cplusplus
}
#endif

#endif
