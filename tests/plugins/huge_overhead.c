/* Sealed messages longer than a frame may be. */
#include "identity.h"

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,          .name = "huge_overhead", IDENTITY_TEXT("overhead of 16 MiB"),
    .format = 1,           .claims = PB_TOY,        .session_size = sizeof(struct identity),
    .overhead = 16u << 20, IDENTITY_VERBS,
};
