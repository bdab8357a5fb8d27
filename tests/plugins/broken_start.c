/* The server's plugin says that it is broken. */
#include "identity.h"

static int bad_start(void *memory, const struct pb_host *host, const struct pb_setup *setup)
{
    /* Not when the core tries a pair with itself, so that the probe of the server passes. */
    int session = setup->role == PB_SERVER && strcmp(setup->peer_public, setup->own_public) != 0;
    if (session)
        return host->fail(host, PB_BROKEN, "the moon is in the wrong phase");
    return identity_start(memory, host, setup);
}

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,          .name = "broken_start",    IDENTITY_TEXT("start is broken"),
    IDENTITY_NUMBERS,      .keygen = identity_keygen, .start = bad_start,
    .seal = identity_copy, .open = identity_copy,
};
