/* No wire format number. */
#include "identity.h"

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,   .name = "no_format", IDENTITY_TEXT("format 0"),
    .format = 0,    .claims = PB_TOY,    .session_size = sizeof(struct identity),
    IDENTITY_VERBS,
};
