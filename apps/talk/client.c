/* plugboard client: keys, a call to the server, and then a conversation. */
#include "command.h"
#include "prompt.h"
#include "talk.h"

#include "allowlist.h"
#include "field.h"
#include "keys/ownkeys.h"
#include "line.h"

#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TALK_PORT = 10101, KEY_CIPHER = 0x2000, KEY_NAME, KEY_TIMEOUT };

struct client {
    struct pb_options options;
    const char *cipher, *name;
    char host[PB_HOST_MAX + 1];
    uint16_t port;
    unsigned seconds; /* for the handshake */

    char folder[PATH_MAX]; /* of keys.csv and servers.csv; empty under --seed: neither is used */
    struct pb_plugin_path path;
    struct pb_plugin plugin;
    struct pb_progress progress;
    struct pb_keyfile_pair pair;
    struct pb_trace trace;
    struct pb_party party;
    struct pb_meet meet;
    struct pb_refusal_text refusal;
    struct pb_channel *channel;
};

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
    struct client *client = state->input;
    struct pb_error error = {0};
    char *end;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->child_inputs[1] = &client->options;
        return 0;
    case KEY_CIPHER:
        client->cipher = value;
        return 0;
    case KEY_NAME:
        if (*value && pb_field_name(value, strlen(value)))
            argp_error(state, "--name '%s' %s", value, pb_field_name(value, strlen(value)));
        client->name = value;
        return 0;
    case KEY_TIMEOUT:
        client->seconds = (unsigned)strtoul(value, &end, 10);
        if (*value < '0' || *value > '9' || *end || client->seconds < 1 || client->seconds > 3600)
            argp_error(state, "--connect-timeout %s: it is 1 to 3600 seconds", value);
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            argp_error(state, "one server is enough: '%s' is too much", value);
        if (pb_net_split(value, client->host, &client->port, &error) != PB_OK)
            argp_error(state, "%s", error.text);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {
    {&pb_options_wire, 0, NULL, 0}, {&pb_options_common, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .options = table,
    .parser = parse,
    .args_doc = "[HOST[:PORT]]",
    .doc = "Talk to a plugboard server (127.0.0.1:10101 if no other is named).\v"
           "At a terminal there is a prompt with history; /quit ends. From a pipe each line is one "
           "message, "
           "the replies alone are on standard output, and the program ends when the last one is "
           "there.\n\n"
           "  plugboard client --cipher xor\n"
           "  echo hello | plugboard client --cipher box 192.0.2.7:10101",
    .children = children,
};

/* ---- before the call ---- */

/* What people call themselves if they do not say: it is never trusted, but it names the row that a
 * teacher adds. */
static const char *login_name(void)
{
    const char *name = getenv("USER");
    struct passwd *me;
    if ((!name || !*name) && (me = getpwuid(getuid())))
        name = me->pw_name;
    return name && !pb_field_name(name, strlen(name)) ? name : "";
}

/* Options, plugin, key pair: all that is this side's own. */
static int prepare(struct client *client, struct pb_error *error)
{
    struct pb_options *options = &client->options;
    char purpose[64];
    enum pb_ownkeys_how how;
    int result;
    if ((result = pb_options_trace(options, &client->trace, error)) != PB_OK ||
        (result = pb_options_plugin_path(options, &client->path, error)) != PB_OK ||
        (result = pb_ownkeys_load(&client->plugin, &client->path, client->cipher, &client->progress,
                                  error)) != PB_OK)
        return result;
    const struct pb_cipher *cipher = client->plugin.cipher;
    if (!options->seeded &&
        (result = pb_options_keys_folder(options, "client", client->folder, error)) != PB_OK)
        return result;
    if (cipher->claims & PB_TOY)
        pb_options_say("warning: %s is a toy, made to be broken: never for a secret", cipher->name);

    client->party = (struct pb_party){.role = PB_CLIENT,
                                      .cipher = cipher,
                                      .service = "talk",
                                      .own_private = client->pair.private_key,
                                      .own_public = client->pair.public_key,
                                      .name = client->name ? client->name : login_name(),
                                      .trace = &client->trace,
                                      .progress = &client->progress};
    snprintf(purpose, sizeof purpose, "client keys %s", cipher->name);
    pb_options_random(options, &client->party.random, purpose, 0, 0);
    result = pb_ownkeys_get(client->folder, &client->plugin, NULL, &client->party.random,
                            &client->progress, &client->pair, &how, error);
    if (result == PB_OK && how == PB_OWNKEYS_READ)
        pb_options_say("%s: read the key pair in %s/%s", cipher->name, client->folder, PB_KEYFILE);
    pb_options_random(options, &client->party.random, "client session", 0, 0);
    return result;
}

/* ---- the call ---- */

/* Forty students read this at the same time: it must be all that they need. */
static void hand_over(const struct client *client)
{
    const char *fields[] = {*client->party.name ? client->party.name : "NAME",
                            client->party.cipher->name, client->pair.public_key};
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
                   PB_ALLOWLIST, row, client->cipher, client->options.keys ? " --keys " : "",
                   client->options.keys ? client->options.keys : "");
    free(row);
}

static int call(struct client *client, struct pb_error *error)
{
    char line[1024];
    client->meet = (struct pb_meet){.folder = *client->folder ? client->folder : NULL,
                                    .host = client->host,
                                    .port = client->port,
                                    .cipher = client->party.cipher->name,
                                    .keys = client->options.keys};
    struct pb_call call = {.party = &client->party,
                           .host = client->host,
                           .port = client->port,
                           .seconds = client->seconds,
                           .meet = pb_meet_server,
                           .context = &client->meet,
                           .refusal = &client->refusal};
    int result = pb_channel_connect(&client->channel, &call, error);
    if (result != PB_OK)
        return result;
    pb_meet_record(&client->meet);
    pb_channel_moved(client->channel, line, sizeof line);
    pb_options_say("%s", line);
    if (client->options.verbose && pb_channel_explain(client->channel, line, sizeof line))
        pb_options_say("%s: %s", client->party.cipher->name, line);
    return PB_OK;
}

static int talk(struct client *client, struct pb_error *error)
{
    char prompt[PB_NAME_MAX + 4];
    if (!pb_prompt_possible())
        return pb_converse_lines(client->channel, error);
    pb_options_say("connected under %s; each line is a message, /quit ends, /help tells more",
                   client->party.cipher->name);
    snprintf(prompt, sizeof prompt, "%s> ", client->party.cipher->name);
    return pb_converse_prompt(client->channel, prompt, error);
}

int pb_command_client(int argc, char **argv)
{
    struct client client = {.host = "127.0.0.1", .port = TALK_PORT};
    struct pb_error error = {0};
    pb_trace_init(&client.trace);
    argp_parse(&argp, argc, argv, 0, NULL, &client);
    if (!client.cipher)
        return pb_options_ask_cipher("client --cipher NAME", &client.options);

    pb_prompt_catch_interrupt();
    int result = prepare(&client, &error);
    if (result == PB_OK)
        result = call(&client, &error);
    if (result == PB_OK)
        result = talk(&client, &error);
    int exit_code = result == PB_OK ? 0 : pb_options_report("client", &error);
    if (result == PB_PEER_REFUSED && client.refusal.code == PB_REFUSAL_NOT_ALLOWED)
        hand_over(&client);

    pb_channel_close(client.channel);
    free(client.meet.fresh);
    pb_keyfile_wipe(&client.pair);
    pb_plugin_unload(&client.plugin);
    pb_plugin_path_free(&client.path);
    pb_trace_close(&client.trace);
    return exit_code;
}
