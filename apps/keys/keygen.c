/* plugboard keygen: makes key pairs that are not there yet, or replaces them. */
#include "command.h"
#include "each.h"

#include <limits.h>
#include <string.h>

enum { KEY_REPLACE = 0x3000, OPTIONS_MAX = 32 };

struct keygen {
    struct pb_each each;
    const char *given[OPTIONS_MAX + 1]; /* -o, ended by NULL */
    size_t given_count;
    bool replace;
    char folder[PATH_MAX];
};

static const struct argp_option table[] = {
    {NULL, 'o', "NAME=VALUE", 0, "an option of the cipher, such as bits=24 (may be given again)",
     0},
    {"replace", KEY_REPLACE, NULL, 0,
     "put a new pair in the place of one that is there; the old row goes to keys.csv.old", 0},
    {0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct keygen *keygen = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &keygen->each;
        return 0;
    case 'o':
        if (keygen->given_count == OPTIONS_MAX)
            argp_error(state, "too many -o");
        if (!strchr(value, '=') || *value == '=')
            argp_error(state, "-o %s: it is -o NAME=VALUE, such as -o bits=24", value);
        keygen->given[keygen->given_count++] = value;
        return 0;
    case KEY_REPLACE:
        keygen->replace = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&pb_each_options, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .options = table,
    .parser = parse,
    .args_doc = "--cipher LIST",
    .doc =
        "Make a key pair for each cipher named, in keys.csv of the keys folder.\v"
        "Existing keys stay, and the exit code is 1, unless --replace is given. Client and server "
        "make missing keys by themselves: this command is for those who want options or new "
        "keys.\n\n"
        "  plugboard keygen --cipher rsa -o bits=1024\n"
        "  plugboard keygen --cipher xor,box --server --replace",
    .children = children,
};

static int replace(struct keygen *keygen, const struct pb_plugin *plugin, struct pb_random *random,
                   struct pb_progress *progress, struct pb_keyfile_pair *pair,
                   struct pb_error *error)
{
    bool replaced;
    char old[PATH_MAX];
    const char *name = plugin->cipher->name;
    int result = pb_ownkeys_make(plugin, keygen->given, random, progress, pair, error);
    if (result == PB_OK)
        result =
            pb_keyfile_replace(keygen->folder, name, pair, &replaced, &pb_ownkeys_report, error);
    if (result == PB_OK)
        result = pb_keyfile_old_path(old, keygen->folder, error);
    if (result != PB_OK)
        return result;
    pb_ownkeys_say_made(plugin->cipher, keygen->folder);
    if (replaced)
        pb_options_say("%s: the old pair is in %s", name, old);
    return PB_OK;
}

static int make(void *context, const struct pb_plugin *plugin, struct pb_progress *progress,
                struct pb_error *error)
{
    struct keygen *keygen = context;
    struct pb_random random;
    struct pb_keyfile_pair pair;
    enum pb_ownkeys_how how = PB_OWNKEYS_MADE;
    int result;
    pb_random_system(&random);
    if (keygen->replace)
        result = replace(keygen, plugin, &random, progress, &pair, error);
    else
        result = pb_ownkeys_get(keygen->folder, plugin, keygen->given, &random, progress, &pair,
                                &how, error);
    pb_keyfile_wipe(&pair);
    if (result == PB_OK && how == PB_OWNKEYS_READ)
        return pb_status_fail(
            error, PB_FILE,
            "%s has a key pair in %s/%s already, which stays (--replace makes a new one)",
            plugin->cipher->name, keygen->folder, PB_KEYFILE);
    return result;
}

int pb_command_keygen(int argc, char **argv)
{
    struct keygen keygen = {0};
    struct pb_error error = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &keygen);
    if (!keygen.each.list)
        return pb_options_ask_cipher("keygen --cipher LIST", &keygen.each.options);
    if (pb_options_keys_folder(&keygen.each.options, keygen.each.role, keygen.folder, &error) !=
        PB_OK)
        return pb_options_report("keygen", &error);
    return pb_each_run("keygen", &keygen.each, make, &keygen);
}
