/* Calls a function that is nowhere defined. */
#include "identity.h"

void pb_test_forgotten(void);

static void stop(void *memory)
{
    (void)memory;
    pb_test_forgotten();
}

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,
    .name = "undefined_symbol",
    IDENTITY_TEXT("an undefined symbol"),
    IDENTITY_NUMBERS,
    IDENTITY_VERBS,
    .stop = stop,
};
