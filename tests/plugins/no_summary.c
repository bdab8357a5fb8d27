/* An empty summary. */
#include "identity.h"

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,  .name = "no_summary", .title = "No summary",
    .summary = "", IDENTITY_NUMBERS,     IDENTITY_VERBS,
};
