/* Ends the program while it is loaded. */
#include "identity.h"

#include <stdlib.h>
#include <unistd.h>

__attribute__((constructor)) static void constructor(void)
{
    _exit(0);
}

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,
    .name = "constructor_exit",
    IDENTITY_TEXT("exit while loading"),
    IDENTITY_NUMBERS,
    IDENTITY_VERBS,
};
