/* A client's way to its server, whatever the service: options, key pair, plugin, the call itself.
 *
 *     pb_caller_argp            its options
 *     pb_caller_prepare         reads or makes the key pair, loads the plugin
 *     pb_caller_call            connects, meets the server, says where the session is
 *     pb_caller_report          says what went wrong, and what to do; the exit code
 *     pb_caller_close           wipes and frees
 */
#ifndef PLUGBOARD_CALLER_H
#define PLUGBOARD_CALLER_H

#include "meet.h"

#include "keyfile.h"

#include <limits.h>

struct pb_caller {
    const char *command;        /* its name, for messages: "client" */
    const char *service;        /* "talk" */
    struct pb_options *options; /* lent */

    const char *cipher, *name; /* --cipher, --name; NULL: not given */
    unsigned seconds;          /* --connect-timeout; 0: not given */
    char host[PB_HOST_MAX + 1];
    uint16_t port;

    char folder[PATH_MAX]; /* of keys.csv and servers.csv; empty under --seed: neither is used */
    struct pb_plugin_path path;
    struct pb_plugin plugin;
    struct pb_progress progress;
    struct pb_keyfile_pair pair;
    struct pb_trace trace;
    struct pb_party party;
    struct pb_meet meet;
    struct pb_refusal_text refusal;
    struct pb_channel *channel; /* after pb_caller_call */
};

/* A child for struct argp; its input is a struct pb_caller *. */
extern const struct argp pb_caller_argp;

/* What people call themselves if they do not say: the login name, or "". */
const char *pb_caller_login_name(void);

int pb_caller_prepare(struct pb_caller *caller, struct pb_error *error) PB_CHECKED;

/* May be called again after pb_caller_hang_up: a new session. */
int pb_caller_call(struct pb_caller *caller, struct pb_error *error) PB_CHECKED;
void pb_caller_hang_up(struct pb_caller *caller);

/* The sentence of the error, and for a key that is not allowed what to hand over. Returns the exit
 * code. */
int pb_caller_report(const struct pb_caller *caller, int result, const struct pb_error *error);

void pb_caller_close(struct pb_caller *caller);

#endif
