/* No memory. */
#include "identity.h"

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,   .name = "bad_size", IDENTITY_TEXT("session_size 0"),
    .format = 1,    .claims = PB_TOY,   .session_size = 0,
    IDENTITY_VERBS,
};
