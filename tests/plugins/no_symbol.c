/* Exports something, but not pb_cipher. */
#include "identity.h"

extern PB_VISIBLE const struct pb_cipher my_cipher;
PB_VISIBLE const struct pb_cipher my_cipher = {IDENTITY_ABI, .name = "no_symbol",
                                               IDENTITY_TEXT("no pb_cipher"), IDENTITY_NUMBERS,
                                               IDENTITY_VERBS};
