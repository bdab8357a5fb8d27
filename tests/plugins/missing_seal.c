/* Has no seal. */
#include "identity.h"

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,          .name = "missing_seal",    IDENTITY_TEXT("no seal"),
    IDENTITY_NUMBERS,      .keygen = identity_keygen, .start = identity_start,
    .open = identity_copy,
};
