/* Built for an earlier version with the same ABI, which knew no optional verb: must load, those
 * verbs are NULL. What lies behind the struct's end (here: the real members) must not be read. */
#include "identity.h"

static void never(void *memory)
{
    (void)memory;
    __builtin_trap();
}

PB_EXPORT_CIPHER = {
    .abi = PB_ABI,
    .size = offsetof(struct pb_cipher, sealed_max),
    .name = "required_only",
    IDENTITY_TEXT("nothing, only shorter"),
    IDENTITY_NUMBERS,
    IDENTITY_VERBS,
    .stop = never,
};
