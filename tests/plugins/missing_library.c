/* Linked against a library (gone/gone.c) that is not found when it is loaded. */
#include "identity.h"

void pb_test_gone(void);

static void stop(void *memory)
{
    (void)memory;
    pb_test_gone();
}

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,
    .name = "missing_library",
    IDENTITY_TEXT("a missing library"),
    IDENTITY_NUMBERS,
    IDENTITY_VERBS,
    .stop = stop,
};
