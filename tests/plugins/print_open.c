/* Prints to standard output, where only results belong. */
#include "identity.h"

static int bad_open(void *PB_RESTRICT memory, uint64_t sequence, uint8_t *PB_RESTRICT out,
                    size_t *PB_RESTRICT out_size, const uint8_t *PB_RESTRICT in, size_t in_size)
{
    if (IDENTITY_VICTIM(memory, in, in_size)) {
        puts("a plugin printed this");
        fflush(stdout);
    }
    return identity_copy(memory, sequence, out, out_size, in, in_size);
}

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,     .name = "print_open",      IDENTITY_TEXT("prints in open"),
    IDENTITY_NUMBERS, .keygen = identity_keygen, .start = identity_start,
    .open = bad_open, .seal = identity_copy,
};
