/* Makes keys that cannot be keys: control characters. */
#include "identity.h"

static int bad_keygen(const struct pb_host *host, const char *const *options, char *public_key,
                      char *private_key)
{
    int result = identity_keygen(host, options, public_key, private_key);
    public_key[3] = '\n';
    return result;
}

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,          .name = "newline_keygen", IDENTITY_TEXT("a newline in a key"),
    IDENTITY_NUMBERS,      .keygen = bad_keygen,     .start = identity_start,
    .seal = identity_copy, .open = identity_copy,
};
