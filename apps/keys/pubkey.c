/* plugboard pubkey: prints public keys as CSV, for `plugboard allow` on the other side. */
#include "command.h"
#include "each.h"

#include "keypair.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

enum { KEY_SEED = 0x3000 };

struct pubkey {
    struct pb_each each;
    bool headed;
    char folder[PATH_MAX];
};

static const struct argp_option table[] = {
    {"seed", KEY_SEED, "N", 0,
     "unsafe: the keys that client and server have under --seed N; keys.csv is not used", 0},
    {0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct pubkey *pubkey = state->input;
    char *end;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &pubkey->each;
        return 0;
    case KEY_SEED:
        errno = 0;
        pubkey->each.options.seed = strtoull(value, &end, 10);
        if (errno || *end || *value < '0' || *value > '9')
            argp_error(state, "--seed %s: not a number from 0 to 18446744073709551615", value);
        pubkey->each.options.seeded = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&pb_each_options, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .options = table,
    .parser = parse,
    .doc = "Print your public keys as CSV (cipher,public), of every cipher that is found unless "
           "--cipher names some. A missing key pair is made.\v"
           "  plugboard pubkey --cipher xor > ada.csv      the student\n"
           "  plugboard allow ada ada.csv                  the teacher",
    .children = children,
};

static int print(void *context, const struct pb_plugin *plugin, struct pb_progress *progress,
                 struct pb_error *error)
{
    static char line[2 * PB_KEY_MAX + 64];
    struct pubkey *pubkey = context;
    const struct pb_cipher *cipher = plugin->cipher;
    struct pb_random random;
    struct pb_keyfile_pair pair;
    char purpose[64];

    snprintf(purpose, sizeof purpose, "%s keys %s", pubkey->each.role, cipher->name);
    pb_options_random(&pubkey->each.options, &random, purpose, 0, 0);
    int result =
        pb_ownkeys_get(pubkey->folder, plugin, NULL, &random, progress, &pair, NULL, error);
    if (result != PB_OK)
        goto out;
    pb_line_write(line, sizeof line, (const char *[]){cipher->name, pair.public_key}, 2);
    if (!pubkey->headed)
        fputs("cipher,public\n", stdout);
    pubkey->headed = true;
    fputs(line, stdout);
    fflush(stdout); /* the next cipher's plugin may crash */
out:
    pb_keyfile_wipe(&pair);
    return result;
}

int pb_command_pubkey(int argc, char **argv)
{
    struct pubkey pubkey = {0};
    struct pb_error error = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &pubkey);
    if (pubkey.each.options.seeded)
        pb_options_say("warning: keys made from --seed %llu are predictable: for lessons only",
                       (unsigned long long)pubkey.each.options.seed);
    else if (pb_options_keys_folder(&pubkey.each.options, pubkey.each.role, pubkey.folder,
                                    &error) != PB_OK)
        return pb_options_report("pubkey", &error);
    return pb_each_run("pubkey", &pubkey.each, print, &pubkey);
}
