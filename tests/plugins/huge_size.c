/* More memory for a stream than there may be. */
#include "identity.h"

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,   .name = "huge_size", IDENTITY_TEXT("session_size of 16 MiB and 1"),
    .format = 1,    .claims = PB_TOY,    .session_size = (16u << 20) + 1,
    IDENTITY_VERBS,
};
