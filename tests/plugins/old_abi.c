/* Built for the ABI before the present one (as long as that is 1: its author forgot .abi). */
#include "identity.h"

PB_EXPORT_CIPHER = {
    .abi = PB_ABI - 1,
    .size = sizeof(struct pb_cipher),
    .name = "old_abi",
    IDENTITY_TEXT("an older ABI"),
    IDENTITY_NUMBERS,
    IDENTITY_VERBS,
};
