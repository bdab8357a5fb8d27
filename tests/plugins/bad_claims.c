/* Claims what nobody knows. */
#include "identity.h"

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,   .name = "bad_claims",       IDENTITY_TEXT("unknown claims"),
    .format = 1,    .claims = PB_TOY | 1u << 9, .session_size = sizeof(struct identity),
    IDENTITY_VERBS,
};
