/* Has no keygen. */
#include "identity.h"

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,          .name = "missing_keygen", IDENTITY_TEXT("no keygen"),
    IDENTITY_NUMBERS,      .start = identity_start,  .seal = identity_copy,
    .open = identity_copy,
};
