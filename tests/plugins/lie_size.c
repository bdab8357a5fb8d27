/* Says that it sealed more bytes than sealed_max allows. */
#include "identity.h"

static int bad_seal(void *PB_RESTRICT memory, uint64_t sequence, uint8_t *PB_RESTRICT out,
                    size_t *PB_RESTRICT out_size, const uint8_t *PB_RESTRICT in, size_t in_size)
{
    size_t room = *out_size;
    int result = identity_copy(memory, sequence, out, out_size, in, in_size);
    if (IDENTITY_VICTIM(memory, in, in_size))
        *out_size = room + 1;
    return result;
}

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,     .name = "lie_size",        IDENTITY_TEXT("seal says too much"),
    IDENTITY_NUMBERS, .keygen = identity_keygen, .start = identity_start,
    .seal = bad_seal, .open = identity_copy,
};
