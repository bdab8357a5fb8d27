/* Load, do, unload, next. */
#include "each.h"

#include <stdlib.h>
#include <string.h>

/* ---- the options ---- */

enum { KEY_CIPHER = 0x4000, KEY_SERVER };

static const struct argp_option table[] = {
    {"cipher", KEY_CIPHER, "LIST", 0, "ciphers, comma separated (names, or paths to .so files)", 0},
    {"server", KEY_SERVER, NULL, 0, "keys of the server instead of the client", 0},
    {0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct pb_each *each = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &each->options;
        each->role = "client";
        return 0;
    case KEY_CIPHER:
        each->list = value;
        return 0;
    case KEY_SERVER:
        each->role = "server";
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' is too much: ciphers are named with --cipher", value);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&pb_options_common, 0, NULL, 0}, {0}};
const struct argp pb_each_options = {.options = table, .parser = parse, .children = children};

/* ---- the walk ---- */

struct walk {
    const char *command;
    pb_each_cipher *with;
    void *context;
    struct pb_plugin_path path;
    int exit_code;
    size_t count;
};

static void one(struct walk *walk, const char *name_or_file)
{
    static struct pb_progress
        progress; /* lent to the fault guard for as long as the program runs */
    struct pb_plugin plugin = {0};
    struct pb_error error = {0};
    int result = pb_ownkeys_load(&plugin, &walk->path, name_or_file, &progress, &error);
    walk->count++;
    if (result == PB_OK)
        result = walk->with(walk->context, &plugin, &progress, &error);
    if (result != PB_OK) {
        int exit_code = pb_options_report(walk->command, &error);
        walk->exit_code = walk->exit_code ? walk->exit_code : exit_code;
    }
    pb_plugin_unload(&plugin);
}

static int found(void *context, const char *name, const char *file)
{
    (void)name;
    one(context, file);
    return 0;
}

int pb_each_run(const char *command, const struct pb_each *each, pb_each_cipher *with,
                void *context)
{
    const char *list = each->list;
    struct walk walk = {.command = command, .with = with, .context = context};
    struct pb_error error = {0};
    char *copy = list ? strdup(list) : NULL, *rest = copy, *name;
    if ((list && !copy) || pb_options_plugin_path(&each->options, &walk.path, &error) != PB_OK) {
        pb_status_fail(&error, PB_SYSTEM, "not enough memory");
        walk.exit_code = pb_options_report(command, &error);
        goto out;
    }
    if (!list)
        pb_plugin_each(&walk.path, found, &walk);
    while (copy && (name = strsep(&rest, ",")))
        if (*name)
            one(&walk, name);
    if (walk.count == 0) {
        pb_options_say(
            list ? "plugboard %s: --cipher names no cipher"
                 : "plugboard %s: no cipher is installed ('plugboard ciphers' tells where "
                   "they are looked for)",
            command);
        walk.exit_code = list ? 2 : 4;
    }
out:
    free(copy);
    pb_plugin_path_free(&walk.path);
    return walk.exit_code;
}
