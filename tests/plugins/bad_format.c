/* A wire format number that does not fit into HELLO. */
#include "identity.h"

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,    .name = "bad_format", IDENTITY_TEXT("format 65536"),
    .format = 65536, .claims = PB_TOY,     .session_size = sizeof(struct identity),
    IDENTITY_VERBS,
};
