/* The server crashes when it seals the first message of the conversation. */
#include "identity.h"

static int bad_seal(void *PB_RESTRICT memory, uint64_t sequence, uint8_t *PB_RESTRICT out,
                    size_t *PB_RESTRICT out_size, const uint8_t *PB_RESTRICT in, size_t in_size)
{
    if (IDENTITY_VICTIM(memory, in, in_size))
        identity_crash();
    return identity_copy(memory, sequence, out, out_size, in, in_size);
}

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,     .name = "crash_seal",      IDENTITY_TEXT("a crash in seal"),
    IDENTITY_NUMBERS, .keygen = identity_keygen, .start = identity_start,
    .seal = bad_seal, .open = identity_copy,
};
