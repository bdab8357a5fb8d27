/* Never comes back from being loaded. */
#include "identity.h"

#include <stdlib.h>
#include <unistd.h>

__attribute__((constructor)) static void constructor(void)
{
    for (;;)
        pause();
}

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,
    .name = "constructor_hang",
    IDENTITY_TEXT("loading never ends"),
    IDENTITY_NUMBERS,
    IDENTITY_VERBS,
};
