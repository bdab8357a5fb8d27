/* A title that would act on the terminal. */
#include "identity.h"

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,       .name = "escape_title",
    .title = "\x1b[2J", .summary = "A title of control characters.",
    IDENTITY_NUMBERS,   IDENTITY_VERBS,
};
