/* The ciphers of a command line, one after the other. */
#ifndef PLUGBOARD_KEYS_EACH_H
#define PLUGBOARD_KEYS_EACH_H

#include "ownkeys.h"

/* What keygen and pubkey are told alike. */
struct pb_each {
    struct pb_options options;
    const char *list; /* --cipher: names and paths, comma separated; NULL: not given */
    const char *role; /* "client", or "server" after --server */
};

/* A child for struct argp: --cipher, --server and pb_options_common, and no words. Its input is a
 * struct pb_each *. */
extern const struct argp pb_each_options;

/* What is done with one cipher. The plugin is loaded, and guarded against crashes (4). */
typedef int pb_each_cipher(void *context, const struct pb_plugin *plugin,
                           struct pb_progress *progress, struct pb_error *error);

/* Calls it for each cipher of the list; without one, for every plugin found. One that fails is
 * reported under the command's name and the next has its turn. Returns the exit code: that of the
 * first failure. */
int pb_each_run(const char *command, const struct pb_each *each, pb_each_cipher *with,
                void *context);

#endif
