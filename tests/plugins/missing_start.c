/* Has no start. */
#include "identity.h"

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,          .name = "missing_start",   IDENTITY_TEXT("no start"),
    IDENTITY_NUMBERS,      .keygen = identity_keygen, .seal = identity_copy,
    .open = identity_copy,
};
