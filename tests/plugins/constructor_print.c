/* Prints while it is loaded; must not spoil what a command prints. */
#include "identity.h"

#include <stdlib.h>
#include <unistd.h>

__attribute__((constructor)) static void constructor(void)
{
    puts("I am here");
    fflush(stdout);
}

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,
    .name = "constructor_print",
    IDENTITY_TEXT("prints while loading"),
    IDENTITY_NUMBERS,
    IDENTITY_VERBS,
};
