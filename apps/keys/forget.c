/* plugboard forget: drops what servers.csv has of a server. */
#include "command.h"

#include "message.h"
#include "net.h"
#include "oneword.h"
#include "ownkeys.h"
#include "serverlist.h"

#include <limits.h>

struct server {
    char host[PB_HOST_MAX + 1];
    uint16_t port; /* 0: all ports of the host */
};

static int judge(void *context, const char *word, struct pb_error *error)
{
    struct server *server = context;
    int result = pb_net_split(word, server->host, &server->port, error);
    if (result == PB_OK && !*server->host)
        return pb_status_fail(error, PB_USAGE, "'%s': which host?", word);
    return result;
}

static const struct argp_child children[] = {{&pb_options_common, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .parser = pb_oneword_parse,
    .args_doc = "HOST[:PORT]",
    .doc =
        "Forget the recorded keys of a server (servers.csv), of all its ports if none is named.\v"
        "The next session will take the key that the server shows then: do this only when you know "
        "why the key has changed.",
    .children = children,
};

int pb_command_forget(int argc, char **argv)
{
    struct server server = {0};
    struct pb_oneword forget = {.twice = "one server at a time",
                                .missing = "which server? (HOST or HOST:PORT)",
                                .judge = judge,
                                .context = &server};
    struct pb_error error = {0};
    char folder[PATH_MAX], where[PB_ENDPOINT_MAX];
    size_t forgotten;
    argp_parse(&argp, argc, argv, 0, NULL, &forget);
    if (pb_options_keys_folder(&forget.options, "client", folder, &error) != PB_OK ||
        pb_serverlist_forget(folder, server.host, server.port, &forgotten, &pb_ownkeys_report,
                             &error) != PB_OK)
        return pb_options_report("forget", &error);
    pb_net_join(where, sizeof where, server.host, server.port);
    pb_options_say("%s: %zu %s taken out of %s/%s", server.port ? where : server.host, forgotten,
                   forgotten == 1 ? "key" : "keys", folder, PB_SERVERLIST);
    return 0;
}
