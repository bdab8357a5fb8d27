/* Crashes while it is loaded. */
#include "identity.h"

#include <stdlib.h>
#include <unistd.h>

__attribute__((constructor)) static void constructor(void)
{
    identity_crash();
}

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,
    .name = "constructor_crash",
    IDENTITY_TEXT("a crash while loading"),
    IDENTITY_NUMBERS,
    IDENTITY_VERBS,
};
