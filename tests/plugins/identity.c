/* Wrong in no place: what the others are compared with. */
#include "identity.h"

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,     .name = "identity", IDENTITY_TEXT("nothing is wrong"),
    IDENTITY_NUMBERS, IDENTITY_VERBS,
};
