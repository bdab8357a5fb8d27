/* A name that could be taken for a path. */
#include "identity.h"

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,     .name = "../Bad\x1b", IDENTITY_TEXT("a bad name"),
    IDENTITY_NUMBERS, IDENTITY_VERBS,
};
