/* The server crashes when it opens the first message of the conversation. */
#include "identity.h"

static int bad_open(void *PB_RESTRICT memory, uint64_t sequence, uint8_t *PB_RESTRICT out,
                    size_t *PB_RESTRICT out_size, const uint8_t *PB_RESTRICT in, size_t in_size)
{
    if (IDENTITY_VICTIM(memory, in, in_size))
        identity_crash();
    return identity_copy(memory, sequence, out, out_size, in, in_size);
}

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,     .name = "crash_open",      IDENTITY_TEXT("a crash in open"),
    IDENTITY_NUMBERS, .keygen = identity_keygen, .start = identity_start,
    .open = bad_open, .seal = identity_copy,
};
