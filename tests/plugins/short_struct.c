/* Its struct ends before open. */
#include "identity.h"

PB_EXPORT_CIPHER = {
    .abi = PB_ABI,
    .size = offsetof(struct pb_cipher, open),
    .name = "short_struct",
    IDENTITY_TEXT("too short a struct"),
    IDENTITY_NUMBERS,
    IDENTITY_VERBS,
};
