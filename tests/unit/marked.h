/* A cipher for tests of the core: it hides nothing, but marks each record with stream, direction and position, and
 * can be told to misbehave. Two parties that use it. */
#ifndef PLUGBOARD_TEST_MARKED_H
#define PLUGBOARD_TEST_MARKED_H

#include "stream.h"

#include <stdio.h>
#include <string.h>

enum { MARK = 16 };

static struct {
    int starts, stops, greets;       /* how often each verb was called */
    int start_result;
    size_t overrun_memory;           /* start writes so far past its memory */
    size_t overrun_seal, overrun_open; /* seal and open write so far past their room */
    size_t lie;                      /* added to *out_size */
    size_t sealed_max;               /* what sealed_max adds instead of MARK */
    int result;                      /* of seal and open when not PB_OK */
    size_t greeting;                 /* bytes that greet says it wrote */
    const void *parent;              /* what the last start was given */
} marked_does;

struct marked_memory {
    uint32_t stream;
    uint8_t role;
    char greeting[8];
};

static int marked_keygen(const struct pb_host *host, const char *const *options, char *public_key, char *private_key)
{
    unsigned number = 0;
    if (options[0])
        return host->fail(host, PB_REFUSED, "no option %s", options[0]);
    host->random(host, &number, sizeof number);
    snprintf(public_key, PB_KEY_MAX + 1, "pub-%08x", number);
    snprintf(private_key, PB_KEY_MAX + 1, "prv-%08x", number);
    return PB_OK;
}

static int marked_greet(void *memory, const struct pb_host *host, const struct pb_setup *setup, uint8_t *greeting,
                        size_t *size)
{
    (void)memory, (void)host, (void)setup;
    marked_does.greets++;
    memcpy(greeting, "hi there", 8);
    *size = marked_does.greeting ? marked_does.greeting : 8;
    return PB_OK;
}

static int marked_start(void *memory, const struct pb_host *host, const struct pb_setup *setup)
{
    struct marked_memory *own = memory;
    marked_does.starts++;
    marked_does.parent = setup->parent;
    own->stream = setup->stream;
    own->role = (uint8_t)setup->role;
    if (setup->greeting_size == 8)
        memcpy(own->greeting, setup->greeting, 8);
    if (marked_does.overrun_memory)
        memset((char *)memory + sizeof *own, 7, marked_does.overrun_memory);
    if (strstr(setup->peer_public, "bad"))
        return host->fail(host, PB_REFUSED, "the key says that it is bad");
    return marked_does.start_result;
}

static void marked_stop(void *memory)
{
    (void)memory;
    marked_does.stops++;
}

static size_t marked_sealed_max(const void *memory, size_t size)
{
    (void)memory;
    return size + (marked_does.sealed_max ? marked_does.sealed_max : MARK);
}

static void marked_mark(char *mark, const struct marked_memory *own, unsigned role, uint64_t sequence)
{
    snprintf(mark, MARK, "%u/%u/%llu", own->stream, role, (unsigned long long)sequence);
}

static int marked_seal(void *restrict memory, uint64_t sequence, uint8_t *restrict out, size_t *restrict out_size,
                       const uint8_t *restrict in, size_t in_size)
{
    const struct marked_memory *own = memory;
    memset(out, 0, MARK);
    marked_mark((char *)out, own, own->role, sequence);
    memcpy(out + MARK, in, in_size);
    if (marked_does.overrun_seal)
        memset(out + in_size + MARK, 7, marked_does.overrun_seal);
    *out_size = in_size + MARK + marked_does.lie;
    return marked_does.result;
}

static int marked_open(void *restrict memory, uint64_t sequence, uint8_t *restrict out, size_t *restrict out_size,
                       const uint8_t *restrict in, size_t in_size)
{
    const struct marked_memory *own = memory;
    char mark[MARK] = "";
    if (in_size < MARK)
        return PB_REFUSED;
    marked_mark(mark, own, !own->role, sequence);
    if (memcmp(mark, in, MARK) != 0)
        return PB_REFUSED;
    memcpy(out, in + MARK, in_size - MARK);
    if (marked_does.overrun_open)
        memset(out + *out_size, 7, marked_does.overrun_open);
    *out_size = in_size - MARK + marked_does.lie;
    return marked_does.result;
}

static const struct pb_cipher marked = {
    .abi = PB_ABI, .size = sizeof marked, .name = "marked", .title = "Marked", .summary = "marks each record", .format = 1,
    .session_size = sizeof(struct marked_memory), .keygen = marked_keygen, .start = marked_start, .seal = marked_seal,
    .open = marked_open, .sealed_max = marked_sealed_max, .stop = marked_stop, .greet = marked_greet,
};

static inline struct pb_party marked_party(enum pb_role role)
{
    return (struct pb_party){.role = role, .cipher = &marked, .service = "talk", .name = role == PB_CLIENT ? "alice" : "",
                             .own_private = role == PB_CLIENT ? "prv-a" : "prv-s",
                             .own_public = role == PB_CLIENT ? "pub-a" : "pub-s", .number = 7};
}

#endif
