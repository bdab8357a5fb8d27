/* Built for a later version with the same ABI, which appended a member: must load, the member is
 * not read. */
#include "identity.h"

struct later {
    struct pb_cipher cipher;
    void (*appended)(void);
};

PB_VISIBLE extern const struct later later;
PB_VISIBLE const struct later later __asm__("pb_cipher") = {
    .cipher = {.abi = PB_ABI,
               .size = sizeof(struct later),
               .name = "longer_struct",
               IDENTITY_TEXT("nothing, only longer"),
               IDENTITY_NUMBERS,
               IDENTITY_VERBS},
};
