/* plugboard forget: drops what servers.csv has of a server. */
#include "command.h"

#include "message.h"
#include "net.h"
#include "ownkeys.h"
#include "serverlist.h"

#include <limits.h>

struct forget {
    struct pb_options options;
    char host[PB_HOST_MAX + 1];
    uint16_t port; /* 0: all ports of the host */
};

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct forget *forget = state->input;
    struct pb_error error = {0};
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &forget->options;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            argp_error(state, "one server at a time: '%s' is too much", value);
        if (pb_net_split(value, forget->host, &forget->port, &error) != PB_OK)
            argp_error(state, "%s", error.text);
        if (!*forget->host)
            argp_error(state, "'%s': which host?", value);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which server? (HOST or HOST:PORT)");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&pb_options_common, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .parser = parse,
    .args_doc = "HOST[:PORT]",
    .doc =
        "Forget the recorded keys of a server (servers.csv), of all its ports if none is named.\v"
        "The next session will take the key that the server shows then: do this only when you know "
        "why the key has changed.",
    .children = children,
};

int pb_command_forget(int argc, char **argv)
{
    struct forget forget = {0};
    struct pb_error error = {0};
    char folder[PATH_MAX], where[PB_ENDPOINT_MAX];
    size_t forgotten;
    argp_parse(&argp, argc, argv, 0, NULL, &forget);
    if (pb_options_keys_folder(&forget.options, "client", folder, &error) != PB_OK ||
        pb_serverlist_forget(folder, forget.host, forget.port, &forgotten, &pb_ownkeys_report,
                             &error) != PB_OK)
        return pb_options_report("forget", &error);
    pb_net_join(where, sizeof where, forget.host, forget.port);
    pb_options_say("%s: %zu %s taken out of %s/%s", forget.port ? where : forget.host, forgotten,
                   forgotten == 1 ? "key" : "keys", folder, PB_SERVERLIST);
    return 0;
}
