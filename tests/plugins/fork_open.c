/* The server makes a second process that stays, when it opens the first message of the
 * conversation; the message goes on in the first one. Whoever is left behind holds the connection
 * open, so a test sees it. */
#include "identity.h"

#include <unistd.h>

static int bad_open(void *PB_RESTRICT memory, uint64_t sequence, uint8_t *PB_RESTRICT out,
                    size_t *PB_RESTRICT out_size, const uint8_t *PB_RESTRICT in, size_t in_size)
{
    if (IDENTITY_VICTIM(memory, in, in_size)) {
        if (fork() == 0)
            for (;;)
                pause();
    }
    return identity_copy(memory, sequence, out, out_size, in, in_size);
}

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,     .name = "fork_open",       IDENTITY_TEXT("fork in open"),
    IDENTITY_NUMBERS, .keygen = identity_keygen, .start = identity_start,
    .open = bad_open, .seal = identity_copy,
};
