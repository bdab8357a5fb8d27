/* C2: the client compares the server's key with the one in servers.csv. */
#include "meet.h"

#include "keys/ownkeys.h"
#include "serverlist.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static int changed(const struct pb_meet *meet, const struct pb_serverlist_known *known,
                   const char *server_public, struct pb_error *error)
{
    char where[PB_ENDPOINT_MAX];
    pb_net_join(where, sizeof where, meet->host, meet->port);
    pb_options_say("%s shows another %s key than before", where, meet->cipher);
    pb_options_say("  known since %s: %s", known->since, known->public_key);
    pb_options_say("  shown now: %s", server_public);
    pb_options_say("If that is right (new keys on the server: ask whoever runs it), type");
    pb_options_say("  plugboard forget %s%s%s", where, meet->keys ? " --keys " : "",
                   meet->keys ? meet->keys : "");
    return pb_status_fail(error, PB_REFUSED,
                          "the key of %s has changed: somebody else may be answering there", where);
}

int pb_meet_server(void *context, const char *server_public, struct pb_error *error)
{
    struct pb_meet *meet = context;
    enum pb_serverlist_verdict verdict;
    if (!meet->folder)
        return PB_OK;
    struct pb_serverlist_known *known = calloc(1, sizeof *known);
    if (!known)
        return pb_status_fail(error, PB_SYSTEM, "no memory for the server's key");
    int result = pb_serverlist_check(meet->folder, meet->host, meet->port, meet->cipher,
                                     server_public, &verdict, known, &pb_ownkeys_report, error);
    if (result == PB_OK && verdict == PB_SERVERLIST_CHANGED)
        result = changed(meet, known, server_public, error);
    if (result == PB_OK && verdict == PB_SERVERLIST_NEW && !(meet->fresh = strdup(server_public)))
        result = pb_status_fail(error, PB_SYSTEM, "no memory for the server's key");
    free(known);
    return result;
}

void pb_meet_record(struct pb_meet *meet)
{
    struct pb_error error = {0};
    char where[PB_ENDPOINT_MAX];
    if (!meet->fresh)
        return;
    pb_net_join(where, sizeof where, meet->host, meet->port);
    if (pb_serverlist_record(meet->folder, meet->host, meet->port, meet->cipher, meet->fresh,
                             time(NULL), &pb_ownkeys_report, &error) == PB_OK)
        pb_options_say("first meeting with %s: its %s key is now in %s/%s", where, meet->cipher,
                       meet->folder, PB_SERVERLIST);
    else
        pb_options_say("warning: the key of %s is not recorded: %s", where, error.text);
    free(meet->fresh);
    meet->fresh = NULL;
}
