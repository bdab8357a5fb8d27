/* plugboard deny: takes a name off allowed.csv. */
#include "command.h"

#include "allowlist.h"
#include "oneword.h"
#include "ownkeys.h"

#include <limits.h>

static const struct argp_child children[] = {{&pb_options_common, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .parser = pb_oneword_parse,
    .args_doc = "NAME",
    .doc = "Take a name, with all its keys, off the list of allowed keys (allowed.csv).\v"
           "This holds from the next session on; a session under way goes on.",
    .children = children,
};

int pb_command_deny(int argc, char **argv)
{
    struct pb_oneword deny = {.twice = "one name at a time",
                              .missing = "whom? ('plugboard allow' shows the list)"};
    struct pb_error error = {0};
    char folder[PATH_MAX];
    size_t removed;
    argp_parse(&argp, argc, argv, 0, NULL, &deny);
    if (pb_options_keys_folder(&deny.options, "server", folder, &error) != PB_OK ||
        pb_allowlist_remove(folder, deny.word, &removed, &pb_ownkeys_report, &error) != PB_OK)
        return pb_options_report("deny", &error);
    pb_options_say("%s: %zu %s taken out of %s/%s", deny.word, removed,
                   removed == 1 ? "key" : "keys", folder, PB_ALLOWLIST);
    return 0;
}
