/* The server takes memory and touches it, without end, when it opens the first message of the
 * conversation. */
#include "identity.h"

#include <stdlib.h>

static int bad_open(void *PB_RESTRICT memory, uint64_t sequence, uint8_t *PB_RESTRICT out,
                    size_t *PB_RESTRICT out_size, const uint8_t *PB_RESTRICT in, size_t in_size)
{
    enum { PIECE = 1 << 20 };
    while (IDENTITY_VICTIM(memory, in, in_size)) {
        char *piece = malloc(PIECE);
        if (!piece)
            abort(); /* as most programs do, sooner or later */
        memset(piece, 0x5a, PIECE);
        *(char *volatile *)piece =
            piece; /* so that the compiler does not see that it is for nothing */
    }
    return identity_copy(memory, sequence, out, out_size, in, in_size);
}

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,     .name = "eat_memory",      IDENTITY_TEXT("open eats all memory"),
    IDENTITY_NUMBERS, .keygen = identity_keygen, .start = identity_start,
    .open = bad_open, .seal = identity_copy,
};
