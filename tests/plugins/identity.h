/* The cipher that does nothing, in pieces: every test plugin is made of these and is wrong in
 * exactly one place.
 *
 * Keys are "public-" and "private-" with the same 16 hex digits: no secret at all. Plugins that
 * misbehave in a session do so at the first DATA message that the server's side handles
 * (IDENTITY_VICTIM): by then the handshake is over and the client is known by name, and the same
 * plugin does no harm in the client, the key commands and the probe. */
#ifndef IDENTITY_H
#define IDENTITY_H

#include <plugboard/cipher.h>
#include <stdio.h>
#include <string.h>

#define IDENTITY_UNUSED __attribute__((unused))
#define IDENTITY_DATA   3 /* the kind byte of a DATA message, PROTOCOL.md */

struct identity {
    enum pb_role role;
    int session; /* a real one: the core also tries a pair in memory, with itself as its peer */
};

IDENTITY_UNUSED static int identity_is_in(const void *memory, enum pb_role role)
{
    const struct identity *identity = memory;
    return identity->session && identity->role == role;
}

/* True where a plugin is to misbehave: text is the plain message with its kind in front. */
#define IDENTITY_VICTIM(memory, text, size)                                                        \
    (identity_is_in(memory, PB_SERVER) && (size) > 0 && (text)[0] == IDENTITY_DATA)

/* SIGSEGV, in a way that no compiler foresees. */
IDENTITY_UNUSED static void identity_crash(void)
{
    int *volatile nowhere = (int *)16;
    *nowhere = 1;
}

IDENTITY_UNUSED static int identity_keygen(const struct pb_host *host, const char *const *options,
                                           char *public_key, char *private_key)
{
    uint64_t label;
    if (options[0])
        return host->fail(host, PB_REFUSED, "no option %s: there are none", options[0]);
    host->random(host, &label, sizeof label);
    sprintf(public_key, "public-%016llx", (unsigned long long)label);
    sprintf(private_key, "private-%016llx", (unsigned long long)label);
    return PB_OK;
}

static int identity_is_label(const char *text, const char *prefix)
{
    size_t length = strlen(prefix);
    return strncmp(text, prefix, length) == 0 && strlen(text) == length + 16 &&
           strspn(text + length, "0123456789abcdef") == 16;
}

IDENTITY_UNUSED static int identity_start(void *memory, const struct pb_host *host,
                                          const struct pb_setup *setup)
{
    struct identity *identity = memory;
    if (!identity_is_label(setup->own_public, "public-") ||
        !identity_is_label(setup->own_private, "private-") ||
        strcmp(setup->own_public + strlen("public-"), setup->own_private + strlen("private-")) != 0)
        return host->fail(host, PB_REFUSED,
                          "the own keys are not public- and private- with the same 16 hex digits");
    if (!identity_is_label(setup->peer_public, "public-"))
        return host->fail(host, PB_REFUSED,
                          "the peer's public key is not public- and 16 hex digits");
    identity->role = setup->role;
    identity->session = strcmp(setup->peer_public, setup->own_public) != 0;
    return PB_OK;
}

/* Both seal and open. */
IDENTITY_UNUSED static int identity_copy(void *PB_RESTRICT memory, uint64_t sequence,
                                         uint8_t *PB_RESTRICT out, size_t *PB_RESTRICT out_size,
                                         const uint8_t *PB_RESTRICT in, size_t in_size)
{
    (void)memory;
    (void)sequence;
    if (*out_size < in_size)
        return PB_BROKEN;
    memcpy(out, in, in_size);
    *out_size = in_size;
    return PB_OK;
}

/* The head of every struct, and the data that are right. */
#define IDENTITY_ABI .abi = PB_ABI, .size = sizeof(struct pb_cipher)
#define IDENTITY_TEXT(what)                                                                        \
    .title = "Test: " what, .summary = "A test plugin, wrong on purpose: " what "."
#define IDENTITY_NUMBERS .format = 1, .claims = PB_TOY, .session_size = sizeof(struct identity)
#define IDENTITY_VERBS                                                                             \
    .keygen = identity_keygen, .start = identity_start, .seal = identity_copy, .open = identity_copy

#endif
