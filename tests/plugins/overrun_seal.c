/* Writes 8 bytes behind the room that seal was given. */
#include "identity.h"

static int bad_seal(void *PB_RESTRICT memory, uint64_t sequence, uint8_t *PB_RESTRICT out,
                    size_t *PB_RESTRICT out_size, const uint8_t *PB_RESTRICT in, size_t in_size)
{
    size_t room = *out_size;
    int result = identity_copy(memory, sequence, out, out_size, in, in_size);
    if (IDENTITY_VICTIM(memory, in, in_size))
        memset(out + room, 0x5a, 8);
    return result;
}

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,     .name = "overrun_seal",    IDENTITY_TEXT("seal writes past its room"),
    IDENTITY_NUMBERS, .keygen = identity_keygen, .start = identity_start,
    .seal = bad_seal, .open = identity_copy,
};
