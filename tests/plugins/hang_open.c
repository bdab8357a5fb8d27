/* The server sleeps for ever when it opens the first message of the conversation. */
#include "identity.h"

#include <unistd.h>

static int bad_open(void *PB_RESTRICT memory, uint64_t sequence, uint8_t *PB_RESTRICT out,
                    size_t *PB_RESTRICT out_size, const uint8_t *PB_RESTRICT in, size_t in_size)
{
    while (IDENTITY_VICTIM(memory, in, in_size))
        sleep(1);
    return identity_copy(memory, sequence, out, out_size, in, in_size);
}

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,     .name = "hang_open",       IDENTITY_TEXT("open never ends, asleep"),
    IDENTITY_NUMBERS, .keygen = identity_keygen, .start = identity_start,
    .open = bad_open, .seal = identity_copy,
};
