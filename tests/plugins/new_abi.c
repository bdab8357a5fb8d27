/* Built for an ABI that this program does not know yet. */
#include "identity.h"

PB_EXPORT_CIPHER = {
    .abi = PB_ABI + 1,
    .size = sizeof(struct pb_cipher),
    .name = "new_abi",
    IDENTITY_TEXT("a newer ABI"),
    IDENTITY_NUMBERS,
    IDENTITY_VERBS,
};
