/* Has no open. */
#include "identity.h"

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,          .name = "missing_open",    IDENTITY_TEXT("no open"),
    IDENTITY_NUMBERS,      .keygen = identity_keygen, .start = identity_start,
    .seal = identity_copy,
};
