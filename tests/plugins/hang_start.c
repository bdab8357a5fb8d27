/* The server sleeps for ever when it starts a session. */
#include "identity.h"

#include <unistd.h>

static int bad_start(void *memory, const struct pb_host *host, const struct pb_setup *setup)
{
    /* Not when the core tries a pair with itself, so that the probe of the server passes. */
    int session = setup->role == PB_SERVER && strcmp(setup->peer_public, setup->own_public) != 0;
    while (session)
        sleep(1);
    return identity_start(memory, host, setup);
}

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,          .name = "hang_start",      IDENTITY_TEXT("start never ends"),
    IDENTITY_NUMBERS,      .keygen = identity_keygen, .start = bad_start,
    .seal = identity_copy, .open = identity_copy,
};
