/* Another name than its file's. */
#include "identity.h"

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,     .name = "another", IDENTITY_TEXT("another name"),
    IDENTITY_NUMBERS, IDENTITY_VERBS,
};
