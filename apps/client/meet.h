/* C2: is this the server's key? The client's side of servers.csv. */
#ifndef PLUGBOARD_MEET_H
#define PLUGBOARD_MEET_H

#include "channel.h"
#include "options.h"

struct pb_meet {
    const char *folder; /* of servers.csv; NULL: any key will do, nothing is recorded (--seed) */
    const char *host;
    uint16_t port;
    const char *cipher;
    const char *keys; /* --keys as given, for the command to type; NULL: not given */
    char *fresh;      /* owned: the key of a server not met before; to be recorded after S3 */
};

/* For struct pb_call. A key that differs from the known one is explained on standard error:
 * PB_REFUSED. */
int pb_meet_server(void *meet, const char *server_public, struct pb_error *error) PB_CHECKED;

/* After pb_channel_connect returned PB_OK: a new server is recorded. If that cannot be, a warning.
 */
void pb_meet_record(struct pb_meet *meet);

#endif
