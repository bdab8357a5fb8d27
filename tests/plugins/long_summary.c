/* A summary of 101 characters. */
#include "identity.h"

#define TEN "0123456789"

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,
    .name = "long_summary",
    .title = "Long summary",
    .summary = TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "!",
    IDENTITY_NUMBERS,
    IDENTITY_VERBS,
};
