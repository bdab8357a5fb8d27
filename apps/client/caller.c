/* Keys, plugin, and the call to a server of any service. */
#include "caller.h"

#include "allowlist.h"
#include "field.h"
#include "keys/ownkeys.h"
#include "line.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEY_CIPHER = 0x2000, KEY_NAME, KEY_TIMEOUT };

/* ---- the command line ---- */

static const struct argp_option table[] = {
    {"cipher", KEY_CIPHER, "NAME", 0, "the cipher to talk under (a name, or a path to a .so)", 0},
    {"name", KEY_NAME, "ME", 0, "what you call yourself (default: your login name)", 0},
    {"connect-timeout", KEY_TIMEOUT, "SECONDS", 0,
     "give up when there is no session by then (default 10)", 0},
    {0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct pb_caller *caller = state->input;
    char *end;
    switch (key) {
    case KEY_CIPHER:
        caller->cipher = value;
        return 0;
    case KEY_NAME:
        if (*value && pb_field_name(value, strlen(value)))
            argp_error(state, "--name '%s' %s", value, pb_field_name(value, strlen(value)));
        caller->name = value;
        return 0;
    case KEY_TIMEOUT:
        caller->seconds = (unsigned)strtoul(value, &end, 10);
        if (*value < '0' || *value > '9' || *end || caller->seconds < 1 || caller->seconds > 3600)
            argp_error(state, "--connect-timeout %s: it is 1 to 3600 seconds", value);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp pb_caller_argp = {.options = table, .parser = parse};

/* ---- before the call ---- */

/* It is never trusted, but it names the row that a teacher adds. */
const char *pb_caller_login_name(void)
{
    const char *name = getenv("USER");
    struct passwd *me;
    if ((!name || !*name) && (me = getpwuid(getuid())))
        name = me->pw_name;
    return name && !pb_field_name(name, strlen(name)) ? name : "";
}

int pb_caller_prepare(struct pb_caller *caller, struct pb_error *error)
{
    const struct pb_options *options = caller->options;
    char purpose[64];
    enum pb_ownkeys_how how;
    int result;
    pb_trace_init(&caller->trace);
    if ((result = pb_options_trace(options, &caller->trace, error)) != PB_OK ||
        (result = pb_options_plugin_path(options, &caller->path, error)) != PB_OK ||
        (result = pb_ownkeys_load(&caller->plugin, &caller->path, caller->cipher, &caller->progress,
                                  error)) != PB_OK)
        return result;
    const struct pb_cipher *cipher = caller->plugin.cipher;
    if (!options->seeded &&
        (result = pb_options_keys_folder(options, "client", caller->folder, error)) != PB_OK)
        return result;
    if (cipher->claims & PB_TOY)
        pb_options_say("warning: %s is a toy, made to be broken: never for a secret", cipher->name);

    caller->party = (struct pb_party){.role = PB_CLIENT,
                                      .cipher = cipher,
                                      .service = caller->service,
                                      .own_private = caller->pair.private_key,
                                      .own_public = caller->pair.public_key,
                                      .name = caller->name ? caller->name : pb_caller_login_name(),
                                      .trace = &caller->trace,
                                      .progress = &caller->progress};
    snprintf(purpose, sizeof purpose, "client keys %s", cipher->name);
    pb_options_random(options, &caller->party.random, purpose, 0, 0);
    result = pb_ownkeys_get(caller->folder, &caller->plugin, NULL, &caller->party.random,
                            &caller->progress, &caller->pair, &how, error);
    if (result == PB_OK && how == PB_OWNKEYS_READ)
        pb_options_say("%s: read the key pair in %s/%s", cipher->name, caller->folder, PB_KEYFILE);
    pb_options_random(options, &caller->party.random, "client session", 0, 0);
    return result;
}

/* ---- the call ---- */

int pb_caller_call(struct pb_caller *caller, struct pb_error *error)
{
    char line[1024];
    caller->meet = (struct pb_meet){.folder = *caller->folder ? caller->folder : NULL,
                                    .host = caller->host,
                                    .port = caller->port,
                                    .cipher = caller->party.cipher->name,
                                    .keys = caller->options->keys};
    struct pb_call call = {.party = &caller->party,
                           .host = caller->host,
                           .port = caller->port,
                           .seconds = caller->seconds,
                           .meet = pb_meet_server,
                           .context = &caller->meet,
                           .refusal = &caller->refusal};
    int result = pb_channel_connect(&caller->channel, &call, error);
    if (result != PB_OK)
        return result;
    pb_meet_record(&caller->meet);
    pb_channel_moved(caller->channel, line, sizeof line);
    pb_options_say("%s", line);
    if (caller->options->verbose && pb_channel_explain(caller->channel, line, sizeof line))
        pb_options_say("%s: %s", caller->party.cipher->name, line);
    return PB_OK;
}

/* ---- the end ---- */

/* Forty students read this at the same time: it must be all that they need. */
static void hand_over(const struct pb_caller *caller)
{
    const char *fields[] = {*caller->party.name ? caller->party.name : "NAME",
                            caller->party.cipher->name, caller->pair.public_key};
    size_t size = 2 * PB_KEY_MAX + 256;
    char *row = malloc(size);
    if (!row)
        return;
    pb_line_write(row, size, fields, 3);
    row[strcspn(row, "\n")] = 0;
    pb_options_say("To be let in, hand this row to whoever runs the server, for its %s:\n"
                   "  %s\n"
                   "(there: plugboard allow, or plugboard allow --refused; "
                   "your public key again: plugboard pubkey --cipher %s%s%s)",
                   PB_ALLOWLIST, row, caller->cipher, caller->options->keys ? " --keys " : "",
                   caller->options->keys ? caller->options->keys : "");
    free(row);
}

int pb_caller_report(const struct pb_caller *caller, int result, const struct pb_error *error)
{
    int exit_code = result == PB_OK ? 0 : pb_options_report(caller->command, error);
    if (result == PB_PEER_REFUSED && caller->refusal.code == PB_REFUSAL_NOT_ALLOWED)
        hand_over(caller);
    return exit_code;
}

void pb_caller_hang_up(struct pb_caller *caller)
{
    pb_channel_close(caller->channel);
    caller->channel = NULL;
    free(caller->meet.fresh);
    caller->meet.fresh = NULL;
}

void pb_caller_close(struct pb_caller *caller)
{
    pb_caller_hang_up(caller);
    pb_keyfile_wipe(&caller->pair);
    pb_plugin_unload(&caller->plugin);
    pb_plugin_path_free(&caller->path);
    pb_trace_close(&caller->trace);
}
