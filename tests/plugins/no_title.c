/* No title. */
#include "identity.h"

PB_EXPORT_CIPHER = {
    IDENTITY_ABI, .name = "no_title", .summary = "No title.", IDENTITY_NUMBERS, IDENTITY_VERBS,
};
