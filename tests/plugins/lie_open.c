/* Says that it opened more bytes than there was room for. */
#include "identity.h"

static int bad_open(void *PB_RESTRICT memory, uint64_t sequence, uint8_t *PB_RESTRICT out,
                    size_t *PB_RESTRICT out_size, const uint8_t *PB_RESTRICT in, size_t in_size)
{
    size_t room = *out_size;
    int result = identity_copy(memory, sequence, out, out_size, in, in_size);
    if (IDENTITY_VICTIM(memory, in, in_size))
        *out_size = room + 1;
    return result;
}

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,     .name = "lie_open",        IDENTITY_TEXT("open says too much"),
    IDENTITY_NUMBERS, .keygen = identity_keygen, .start = identity_start,
    .open = bad_open, .seal = identity_copy,
};
