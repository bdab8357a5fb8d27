/* plugboard try: a server and a client in one terminal, to look at a cipher at work. Nothing is
 * left behind. */
#include "try.h"
#include "command.h"
#include "lines.h"
#include "prompt.h"

#include "keys/ownkeys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPTIONS_MAX = 16, ANSWER_SECONDS = 10, KEY_TRIES = 100, KEY_APP = 0x2000 };

struct trial {
    struct pb_options options;
    const char *cipher, *app;
    const char *keygen[OPTIONS_MAX + 1];
    size_t keygen_count;

    struct pb_plugin_path path;
    struct pb_plugin plugin;
    struct pb_progress progress;
    struct pb_keyfile_pair client, server;
    struct pb_trace trace;
    struct pb_sidebyside side;
    struct pb_party party;
    struct pb_partner partner;
    struct pb_channel *channel;
    unsigned long messages;
    struct pb_error *error;
};

/* ---- the command line ---- */

static const struct argp_option table[] = {
    {"option", 'o', "NAME=VALUE", 0,
     "an option of the cipher's key generation, as in keygen (may be given again)", 0},
    {"app", KEY_APP, "talk|ftp", 0, "what to try it with (default talk)", 0},
    {0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct trial *trial = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->child_inputs[1] = &trial->options;
        return 0;
    case 'o':
        if (!strchr(value, '='))
            argp_error(state, "-o %s: it is -o NAME=VALUE", value);
        if (trial->keygen_count == OPTIONS_MAX)
            argp_error(state, "too many -o");
        trial->keygen[trial->keygen_count++] = value;
        return 0;
    case KEY_APP:
        if (strcmp(value, "talk") != 0 && strcmp(value, "ftp") != 0)
            argp_error(state, "--app %s: it is talk or ftp", value);
        trial->app = value;
        return 0;
    case ARGP_KEY_ARG:
        if (trial->cipher)
            argp_error(state, "one cipher at a time: '%s' is too much", value);
        trial->cipher = value;
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
    .args_doc = "CIPHER",
    .doc = "Talk to yourself under a cipher: a private server and a client in one terminal, with "
           "the plain text and the "
           "bytes on the wire side by side.\v"
           "It is a real session over the loopback, with keys made for it alone; nothing is left "
           "behind. From a pipe "
           "each line is one message.\n\n"
           "  plugboard try xor\n"
           "  plugboard try vigenere -o alphabet=letters\n"
           "  echo attack at dawn | plugboard try rsa",
    .children = children,
};

/* ---- before the session ---- */

/* other: a pair of which this one must not be a copy; with the smallest keys that happens. NULL: none. */
static int make_keys(struct trial *trial, const char *role, struct pb_keyfile_pair *pair,
                     const struct pb_keyfile_pair *other)
{
    struct pb_random random;
    char purpose[64];
    int result;
    snprintf(purpose, sizeof purpose, "%s keys %s", role, trial->plugin.cipher->name);
    pb_options_random(&trial->options, &random, purpose, 0, 0);
    for (int tries = 0; tries < KEY_TRIES; tries++) {
        result = pb_ownkeys_make(&trial->plugin, trial->keygen, &random, &trial->progress, pair,
                                 trial->error);
        if (result != PB_OK || !other || strcmp(pair->public_key, other->public_key) != 0)
            return result;
    }
    return pb_status_fail(trial->error, PB_BROKEN, "%s makes the same key pair again and again: %s",
                          trial->plugin.cipher->name, pair->public_key);
}

static void introduce(const struct trial *trial)
{
    const struct pb_cipher *cipher = trial->plugin.cipher;
    printf("%s: %s%s\n", cipher->name, cipher->title,
           cipher->claims & PB_TOY ? " (a toy, made to be broken: never for a secret)" : "");
    printf("  %s\n", cipher->summary);
    printf("A private server listens on 127.0.0.1 port %u; all keys are for this session alone.\n",
           trial->partner.port);
}

static int prepare(struct trial *trial)
{
    int result;
    if ((result = pb_options_trace(&trial->options, &trial->trace, trial->error)) != PB_OK ||
        (result = pb_options_plugin_path(&trial->options, &trial->path, trial->error)) != PB_OK ||
        (result = pb_ownkeys_load(&trial->plugin, &trial->path, trial->cipher, &trial->progress,
                                  trial->error)) != PB_OK ||
        (result = make_keys(trial, "client", &trial->client, NULL)) != PB_OK ||
        (result = make_keys(trial, "server", &trial->server, &trial->client)) != PB_OK)
        return result;

    struct pb_party server = {.role = PB_SERVER,
                              .cipher = trial->plugin.cipher,
                              .service = "talk",
                              .name = "",
                              .own_private = trial->server.private_key,
                              .own_public = trial->server.public_key};
    pb_options_random(&trial->options, &server.random, "server session", 0, 0);
    fflush(stdout);
    if ((result = pb_partner_start(&trial->partner, &server, trial->plugin.file,
                                   trial->client.public_key, trial->error)) != PB_OK)
        return result;
    introduce(trial);
    return PB_OK;
}

static int expect_key(void *context, const char *server_public, struct pb_error *error)
{
    const struct trial *trial = context;
    if (strcmp(server_public, trial->server.public_key) == 0)
        return PB_OK;
    return pb_status_fail(error, PB_REFUSED,
                          "somebody else answered on the port of the private server");
}

static int call(struct trial *trial)
{
    char line[1024];
    trial->trace.draw = pb_sidebyside_draw;
    trial->trace.context = &trial->side;
    trial->party = (struct pb_party){.role = PB_CLIENT,
                                     .cipher = trial->plugin.cipher,
                                     .service = "talk",
                                     .name = "you",
                                     .own_private = trial->client.private_key,
                                     .own_public = trial->client.public_key,
                                     .trace = &trial->trace,
                                     .progress = &trial->progress};
    pb_options_random(&trial->options, &trial->party.random, "client session", 0, 0);
    struct pb_call call = {.party = &trial->party,
                           .host = "127.0.0.1",
                           .port = trial->partner.port,
                           .meet = expect_key,
                           .context = trial};
    int result = pb_channel_connect(&trial->channel, &call, trial->error);
    if (result != PB_OK)
        return result;
    pb_channel_set_idle(trial->channel, ANSWER_SECONDS);
    pb_channel_moved(trial->channel, line, sizeof line);
    pb_sidebyside_say(&trial->side, "%s", line);
    if (pb_channel_explain(trial->channel, line, sizeof line))
        pb_sidebyside_say(&trial->side, "%s: %s", trial->plugin.cipher->name, line);
    return PB_OK;
}

/* ---- the session ---- */

/* One message there and back; the trace draws both. */
static int exchange(struct trial *trial, const char *line, size_t size)
{
    const uint8_t *data;
    size_t answer;
    int result = pb_channel_write(trial->channel, line, size, trial->error);
    if (result == PB_OK)
        result = pb_channel_receive(trial->channel, &data, &answer, trial->error);
    if (result == PB_ENDED)
        return pb_status_fail(trial->error, PB_TRUNCATED, "the server's side ended the session");
    if (result == PB_OK && (answer != size || memcmp(data, line, size) != 0))
        return pb_status_fail(trial->error, PB_BROKEN,
                              "the cipher %s does not give back what it was given: %zu bytes "
                              "there, %zu other bytes back",
                              trial->plugin.cipher->name, size, answer);
    trial->messages += result == PB_OK;
    return result;
}

static int end(struct trial *trial)
{
    const uint8_t *data;
    size_t size;
    int result = pb_channel_end(trial->channel, trial->error);
    if (result == PB_OK)
        result = pb_channel_receive(trial->channel, &data, &size, trial->error);
    return result == PB_ENDED ? PB_OK : result;
}

static int from_pipe(struct trial *trial)
{
    struct pb_lines lines = {0};
    const char *line;
    size_t size;
    int result = PB_AGAIN;
    while (result == PB_AGAIN || result == PB_OK) {
        if (pb_prompt_interrupted())
            result = pb_status_fail(trial->error, PB_INTERRUPTED, "interrupted");
        else if ((result = pb_lines_next(&lines, &line, &size, trial->error)) == PB_OK)
            result = exchange(trial, line, size);
        else if (result == PB_AGAIN && pb_lines_fill(&lines, STDIN_FILENO, trial->error) != PB_OK)
            result = trial->error->status;
        if (fflush(stdout) != 0)
            result = pb_status_fail(trial->error, PB_SYSTEM, "the output cannot be written: %s",
                                    strerror(errno));
    }
    pb_lines_free(&lines);
    return result == PB_ENDED ? PB_OK : result;
}

/* Any other cipher that is installed, to compare with. */
struct other {
    const char *than;
    char name[PB_NAME_MAX + 1];
};

static int note_other(void *context, const char *name, const char *file)
{
    struct other *other = context;
    (void)file;
    if (strcmp(name, other->than) == 0)
        return 0;
    snprintf(other->name, sizeof other->name, "%s", name);
    return 1;
}

static void help(const struct trial *trial)
{
    const char *name = trial->plugin.cipher->name;
    struct other other = {.than = name, .name = "CIPHER"};
    pb_plugin_each(&trial->path, note_other, &other);
    printf("Each line is a message to the server, which sends it back. /quit (or Ctrl-D) ends.\n"
           "Things to try:\n"
           "  the same message twice       does the wire show that it came again?\n"
           "  aaaaaaaaaaaaaaaaaaaaaaaa     does a pattern shine through?\n"
           "  an empty line                what does even that give away?\n"
           "and at the shell:\n"
           "  plugboard try %s\n"
           "                               the same messages under another cipher\n"
           "  plugboard try %s --trace\n"
           "                               every frame whole, for grep and cut\n"
           "  plugboard ciphers %s\n"
           "                               what this cipher claims\n"
           "C1, C2, C3 and S3 above are the steps of the handshake, as core/PROTOCOL.md numbers them: C\n"
           "is the client's, S the server's.\n",
           other.name, name, name);
}

static int say(void *context, const char *line, size_t size)
{
    struct trial *trial = context;
    if (size == 5 && memcmp(line, "/quit", 5) == 0)
        return PB_ENDED;
    if (size == 5 && memcmp(line, "/help", 5) == 0) {
        help(trial);
        return PB_AGAIN;
    }
    if (size > PB_LINES_MAX) {
        printf("Not sent: longer than a message can be (%u bytes).\n", PB_LINES_MAX);
        return PB_AGAIN;
    }
    pb_sidebyside_init(&trial->side); /* the window may have changed */
    int result = exchange(trial, line, size);
    if (result == PB_OK && trial->messages == 1)
        pb_sidebyside_say(
            &trial->side,
            "Now the same message again: does the wire change? (/help has more to try)");
    return result == PB_OK ? PB_AGAIN : result;
}

/* Between our messages the server says nothing: what comes is its end. */
static int hear(void *context)
{
    struct trial *trial = context;
    const uint8_t *data;
    size_t size;
    int result = pb_channel_poll_message(trial->channel, &data, &size, trial->error);
    return result == PB_OK ? PB_AGAIN : result;
}

static int at_prompt(struct trial *trial)
{
    char text[PB_NAME_MAX + 4];
    printf("Type a message. /help tells what to try, /quit ends.\n");
    snprintf(text, sizeof text, "%s> ", trial->plugin.cipher->name);
    struct pb_prompt prompt = {
        .text = text, .channel = trial->channel, .context = trial, .hear = hear, .say = say};
    int result = pb_prompt_run(&prompt, trial->error);
    return trial->error->status == PB_OK && (result == PB_ENDED || result == PB_INTERRUPTED)
               ? PB_OK
               : result;
}

/* ---- after it ---- */

/* What the server's process died of is the better explanation of a connection that ended. */
static int finish(struct trial *trial, int result)
{
    pb_channel_close(trial->channel);
    fflush(stdout);
    int partner = pb_partner_stop(&trial->partner, trial->plugin.cipher ? trial->plugin.cipher->name
                                                                        : trial->cipher);
    if (partner == PB_BROKEN)
        return pb_status_exit_code(PB_BROKEN);
    if (result != PB_OK)
        return pb_options_report("try", trial->error);
    return partner == PB_OK ? 0 : 1;
}

int pb_command_try(int argc, char **argv)
{
    struct pb_error error = {0};
    struct trial trial = {.error = &error, .app = "talk", .partner = {.alive_fd = -1}};
    pb_trace_init(&trial.trace);
    argp_parse(&argp, argc, argv, 0, NULL, &trial);
    if (!trial.cipher)
        return pb_options_ask_cipher("try CIPHER", &trial.options);
    if (strcmp(trial.app, "ftp") == 0)
        return pb_tryftp_run(&(struct pb_tryftp){.cipher = trial.cipher,
                                                 .keygen = trial.keygen,
                                                 .plugins = trial.options.plugins,
                                                 .plugin_count = trial.options.plugin_count});
    setvbuf(stdout, NULL, _IOLBF, 0); /* also into a pipe: in step with what is said on standard error */
    pb_prompt_catch_interrupt();
    pb_sidebyside_init(&trial.side);
    int result = prepare(&trial);
    if (result == PB_OK)
        result = call(&trial);
    if (result == PB_OK)
        result = pb_prompt_possible() ? at_prompt(&trial) : from_pipe(&trial);
    if (result == PB_OK)
        result = end(&trial);
    int exit_code = finish(&trial, result);

    pb_sidebyside_free(&trial.side);
    pb_keyfile_wipe(&trial.client);
    pb_keyfile_wipe(&trial.server);
    pb_plugin_unload(&trial.plugin);
    pb_plugin_path_free(&trial.path);
    pb_trace_close(&trial.trace);
    return exit_code;
}
