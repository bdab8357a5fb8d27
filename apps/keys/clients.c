/* plugboard clients: the table of clients.csv. */
#include "columns.h"
#include "command.h"

#include "clientlist.h"
#include "ownkeys.h"

#include <limits.h>

static error_t parse(int key, char *value, struct argp_state *state)
{
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->input;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' is too much: there is nothing to choose", value);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&pb_options_common, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .parser = parse,
    .doc =
        "Show who talked to this server: a row for each address, cipher and key (clients.csv of "
        "the "
        "server's keys folder).\v"
        "A name with a ? before it was only claimed (server --allow-any). The file itself has the "
        "keys in full, also where a terminal is too narrow for them.",
    .children = children,
};

static int show(const struct pb_table *table, struct pb_error *error)
{
    static const int order[] = {PB_CLIENT_NAME,     PB_CLIENT_IP,         PB_CLIENT_CIPHER,
                                PB_CLIENT_SESSIONS, PB_CLIENT_FIRST_SEEN, PB_CLIENT_LAST_SEEN,
                                PB_CLIENT_PUBLIC};
    if (pb_table_next(table, NULL))
        return pb_columns_print(table, order, sizeof order / sizeof *order, error);
    pb_options_say("nobody has talked to this server yet (%s)", table->path);
    return PB_OK;
}

int pb_command_clients(int argc, char **argv)
{
    struct pb_options options = {0};
    struct pb_error error = {0};
    struct pb_table table = {0};
    char folder[PATH_MAX];
    argp_parse(&argp, argc, argv, 0, NULL, &options);
    int result = pb_options_keys_folder(&options, "server", folder, &error);
    if (result == PB_OK)
        result = pb_clientlist_read(&table, folder, &pb_ownkeys_report, &error);
    if (result == PB_OK)
        result = show(&table, &error);
    pb_table_free(&table);
    return result == PB_OK ? 0 : pb_options_report("clients", &error);
}
