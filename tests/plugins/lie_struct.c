/* Says that its struct is longer than it is. */
#include "identity.h"

PB_EXPORT_CIPHER = {
    .abi = PB_ABI,
    .size = sizeof(struct pb_cipher) + 64,
    .name = "lie_struct",
    IDENTITY_TEXT("a struct that says more than it has"),
    IDENTITY_NUMBERS,
    IDENTITY_VERBS,
};
