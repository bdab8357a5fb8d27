/* Options that many commands share, parsed by argp children, and how commands report. */
#ifndef PLUGBOARD_OPTIONS_H
#define PLUGBOARD_OPTIONS_H

#include "plugin.h"
#include "random.h"
#include "status.h"
#include "trace.h"

#include <argp.h>
#include <stdbool.h>

struct pb_options {
    const char *plugins[32]; /* --plugins, repeatable */
    size_t plugin_count;
    const char *keys;         /* --keys; NULL: not given */
    bool verbose;             /* -v */
    enum pb_trace_mode trace; /* --trace[=both|wire] */
    const char *record;       /* --record */
    bool seeded;              /* --seed */
    uint64_t seed;
};

/* Children for struct argp; `input` of each is a struct pb_options *. (The command's parser passes
 * it on at ARGP_KEY_INIT: state->child_inputs[i] = &options.) */
extern const struct argp pb_options_common; /* --plugins, --keys, -v */
extern const struct argp pb_options_wire;   /* --trace, --record, --seed */

/* The keys folder: --keys, $PLUGBOARD_KEYS, or ~/.config/plugboard/NAME (NAME: "client" or
 * "server", made if missing, 0700). folder: room for PATH_MAX. */
int pb_options_keys_folder(const struct pb_options *options, const char *name, char *folder,
                           struct pb_error *error) PB_CHECKED;

/* --plugins and the rest of the search path. */
int pb_options_plugin_path(const struct pb_options *options, struct pb_plugin_path *path,
                           struct pb_error *error) PB_CHECKED;

/* One source of randomness, seeded or not. */
void pb_options_random(const struct pb_options *options, struct pb_random *random,
                       const char *purpose, uint64_t number, uint64_t stream);

/* Opens what --trace and --record ask for; says on standard error that --seed is unsafe, once. */
int pb_options_trace(const struct pb_options *options, struct pb_trace *trace,
                     struct pb_error *error) PB_CHECKED;

/* "plugboard server: SENTENCE" on standard error; returns the exit code of the error's status. */
int pb_options_report(const char *command, const struct pb_error *error);

/* No cipher was named: says which are installed. usage: "client --cipher NAME". Returns 2. */
int pb_options_ask_cipher(const char *usage, const struct pb_options *options);

/* One line on standard error; the same shape. One write. */
void pb_options_say(const char *format, ...) PB_PRINTF(1, 2);

#endif
