/* A cipher that changes nothing, built in, so that the handshake's ends are fuzzed without a plugin; and two parties that use
 * it. Everything is seeded: the same input does the same. */
#ifndef PLUGBOARD_FUZZ_IDENTITY_H
#define PLUGBOARD_FUZZ_IDENTITY_H

#include "handshake.h"

#include <string.h>

static int identity_start(void *memory, const struct pb_host *host, const struct pb_setup *setup)
{
    (void)memory;
    if (strstr(setup->peer_public, "bad"))
        return host->fail(host, PB_REFUSED, "the key is bad");
    return PB_OK;
}

static int identity_record(void *memory, uint64_t sequence, uint8_t *restrict out, size_t *out_size, const uint8_t *restrict in,
                           size_t in_size)
{
    (void)memory, (void)sequence;
    if (in_size > *out_size)
        return PB_REFUSED;
    if (in_size)
        memcpy(out, in, in_size);
    *out_size = in_size;
    return PB_OK;
}

static const struct pb_cipher identity = {
    .abi = PB_ABI, .size = sizeof identity, .name = "identity", .title = "Identity", .summary = "changes nothing",
    .format = 1, .session_size = 1, .start = identity_start, .seal = identity_record, .open = identity_record,
};

static inline struct pb_party identity_party(enum pb_role role)
{
    struct pb_party party = {
        .role = role, .cipher = &identity, .service = "talk", .name = role == PB_CLIENT ? "alice" : "server",
        .own_private = role == PB_CLIENT ? "a" : "s", .own_public = role == PB_CLIENT ? "A" : "S",
    };
    pb_random_seed(&party.random, 1, "fuzz", 0, role);
    return party;
}

/* Puts as many bytes as the wire takes; returns how many. */
static inline size_t feed(struct pb_wire *wire, const uint8_t *data, size_t size)
{
    size_t room;
    uint8_t *input = pb_wire_input(wire, &room);
    if (!input)
        return 0;
    if (size > room)
        size = room;
    memcpy(input, data, size);
    pb_wire_received(wire, size);
    return size;
}

#endif
