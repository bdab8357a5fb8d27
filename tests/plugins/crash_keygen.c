/* Crashes when a key pair is made. */
#include "identity.h"

static int bad_keygen(const struct pb_host *host, const char *const *options, char *public_key,
                      char *private_key)
{
    identity_crash();
    return identity_keygen(host, options, public_key, private_key);
}

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,          .name = "crash_keygen", IDENTITY_TEXT("a crash in keygen"),
    IDENTITY_NUMBERS,      .keygen = bad_keygen,   .start = identity_start,
    .seal = identity_copy, .open = identity_copy,
};
