/* The process of one session: a straight line from the first byte to the last. */
#ifndef PLUGBOARD_SERVED_H
#define PLUGBOARD_SERVED_H

#include "confine.h"
#include "live.h"
#include "offered.h"
#include "server.h"
#include "visitors.h"

#include <limits.h>

/* What the listener has put together before the first client comes; a session inherits all of it by
 * fork. */
struct pb_server {
    const struct pb_service *service;
    const struct pb_server_settings *settings;
    const struct pb_options *options;
    char folder[PATH_MAX]; /* of the keys */
    struct pb_offered_list offered;
    struct pb_confine confine;
    struct pb_visitors visitors;
    struct pb_trace trace;
    int signal_fd; /* SIGINT, SIGTERM, SIGHUP, SIGCHLD: blocked, and read here */
};

struct pb_served {
    uint64_t number;
    int fd; /* the connection; the session's */
    char ip[PB_ADDRESS_MAX];
    int report_fd; /* -1: --one */
    struct pb_progress *progress;
};

/* In the log, in the place of a cipher's name where there is none. */
#define PB_SERVED_CLEARTEXT "cleartext"

/* Runs a session to its end and says in the log what came of it. A status: PB_OK if all went well.
 */
int pb_served_run(struct pb_server *server, const struct pb_served *served);

#endif
