/* No name. */
#include "identity.h"

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,
    IDENTITY_TEXT("no name"),
    IDENTITY_NUMBERS,
    IDENTITY_VERBS,
};
