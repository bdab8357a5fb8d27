/* Load, do, unload, next. */
#include "each.h"

#include <stdlib.h>
#include <string.h>

struct each {
    const char *command;
    pb_each_cipher *with;
    void *context;
    struct pb_plugin_path path;
    int exit_code;
    size_t count;
};

static void one(struct each *each, const char *name_or_file)
{
    static struct pb_progress
        progress; /* lent to the fault guard for as long as the program runs */
    struct pb_plugin plugin = {0};
    struct pb_error error = {0};
    int result = pb_ownkeys_load(&plugin, &each->path, name_or_file, &progress, &error);
    each->count++;
    if (result == PB_OK)
        result = each->with(each->context, &plugin, &progress, &error);
    if (result != PB_OK) {
        int exit_code = pb_options_report(each->command, &error);
        each->exit_code = each->exit_code ? each->exit_code : exit_code;
    }
    pb_plugin_unload(&plugin);
}

static int found(void *context, const char *name, const char *file)
{
    (void)name;
    one(context, file);
    return 0;
}

int pb_each_run(const char *command, const struct pb_options *options, const char *list,
                pb_each_cipher *with, void *context)
{
    struct each each = {.command = command, .with = with, .context = context};
    struct pb_error error = {0};
    char *copy = list ? strdup(list) : NULL, *rest = copy, *name;
    if ((list && !copy) || pb_options_plugin_path(options, &each.path, &error) != PB_OK) {
        pb_status_fail(&error, PB_SYSTEM, "not enough memory");
        each.exit_code = pb_options_report(command, &error);
        goto out;
    }
    if (!list)
        pb_plugin_each(&each.path, found, &each);
    while (copy && (name = strsep(&rest, ",")))
        if (*name)
            one(&each, name);
    if (each.count == 0) {
        pb_options_say(
            list ? "plugboard %s: --cipher names no cipher"
                 : "plugboard %s: no cipher is installed ('plugboard ciphers' tells where "
                   "they are looked for)",
            command);
        each.exit_code = list ? 2 : 4;
    }
out:
    free(copy);
    pb_plugin_path_free(&each.path);
    return each.exit_code;
}
