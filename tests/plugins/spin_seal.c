/* The server computes for ever when it seals the first message of the conversation. */
#include "identity.h"

static int bad_seal(void *PB_RESTRICT memory, uint64_t sequence, uint8_t *PB_RESTRICT out,
                    size_t *PB_RESTRICT out_size, const uint8_t *PB_RESTRICT in, size_t in_size)
{
    static volatile unsigned turns;
    while (IDENTITY_VICTIM(memory, in, in_size))
        turns++;
    return identity_copy(memory, sequence, out, out_size, in, in_size);
}

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,     .name = "spin_seal",       IDENTITY_TEXT("seal never ends, busy"),
    IDENTITY_NUMBERS, .keygen = identity_keygen, .start = identity_start,
    .seal = bad_seal, .open = identity_copy,
};
