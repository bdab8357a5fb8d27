/* plugboard deny: takes a name off allowed.csv. */
#include "command.h"

#include "allowlist.h"
#include "ownkeys.h"

#include <limits.h>

struct deny {
    struct pb_options options;
    const char *name;
};

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct deny *deny = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &deny->options;
        return 0;
    case ARGP_KEY_ARG:
        if (deny->name)
            argp_error(state, "one name at a time: '%s' is too much", value);
        deny->name = value;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "whom? ('plugboard allow' shows the list)");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&pb_options_common, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .parser = parse,
    .args_doc = "NAME",
    .doc = "Take a name, with all its keys, off the list of allowed keys (allowed.csv).\v"
           "This holds from the next session on; a session under way goes on.",
    .children = children,
};

int pb_command_deny(int argc, char **argv)
{
    struct deny deny = {0};
    struct pb_error error = {0};
    char folder[PATH_MAX];
    size_t removed;
    argp_parse(&argp, argc, argv, 0, NULL, &deny);
    if (pb_options_keys_folder(&deny.options, "server", folder, &error) != PB_OK ||
        pb_allowlist_remove(folder, deny.name, &removed, &pb_ownkeys_report, &error) != PB_OK)
        return pb_options_report("deny", &error);
    pb_options_say("%s: %zu %s taken out of %s/%s", deny.name, removed,
                   removed == 1 ? "key" : "keys", folder, PB_ALLOWLIST);
    return 0;
}
