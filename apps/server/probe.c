/* Three processes, one after the other: the first reads keys.csv and knows no plugin; the second
 * knows the plugin and no key but the plugin's own; the third writes keys.csv. So neither a plugin
 * nor the listener ever has all private keys. */
#include "probe.h"

#include "apart.h"
#include "keypair.h"
#include "plugin.h"
#include "watch.h"

#include <string.h>
#include <unistd.h>

struct result {
    struct pb_progress progress;
    struct pb_error error;
    uint32_t format, claims;
    bool had_pair, added;
    struct pb_keyfile_pair pair;
};

static void say(void *context, const char *sentence)
{
    (void)context;
    pb_options_say("%s", sentence);
}

static const struct pb_table_report report = {.say = say};

/* ---- the work, each in its process ---- */

static void read_keys(const void *context, void *shared)
{
    const struct pb_probe *probe = context;
    struct result *result = shared;
    int status =
        pb_keyfile_find(probe->folder, probe->name, &result->pair, &report, &result->error);
    result->had_pair = status == PB_OK;
    if (status == PB_NOT_FOUND)
        result->error = (struct pb_error){0};
}

static void write_keys(const void *context, void *shared)
{
    const struct pb_probe *probe = context;
    struct result *result = shared;
    if (pb_keyfile_add(probe->folder, probe->name, &result->pair, &result->added, NULL,
                       &result->error) != PB_OK)
        return;
}

static int make_pair(const struct pb_probe *probe, const struct pb_cipher *cipher,
                     struct result *result)
{
    static const char *const no_options[] = {NULL};
    struct pb_random random;
    char purpose[PB_NAME_MAX + 32] = "server keys ";
    pb_options_random(probe->options, &random, strcat(purpose, probe->name), 0, 0);
    return pb_keypair_make(cipher, &random, no_options, result->pair.public_key,
                           result->pair.private_key, &result->progress, &result->error);
}

static int load_confined(const struct pb_probe *probe, struct pb_plugin *plugin,
                         struct result *result)
{
    struct pb_error *error = &result->error;
    if (!probe->here) {
        dup2(STDERR_FILENO, STDOUT_FILENO); /* a plugin that prints would spoil the first line,
                                               "listening on ..." */
        if (pb_confine_enter(probe->confine, NULL, 0, error) != PB_OK)
            return error->status;
    }
    pb_progress_enter(&result->progress, PB_VERB_load);
    int status = pb_plugin_load(plugin, probe->file, error);
    pb_progress_leave(&result->progress);
    if (status == PB_OK && !probe->here)
        status = pb_confine_finish(probe->confine, error);
    return status;
}

static void try_plugin(const void *context, void *shared)
{
    const struct pb_probe *probe = context;
    struct result *result = shared;
    static struct pb_plugin plugin;
    int status = load_confined(probe, &plugin, result);
    if (status == PB_OK && !result->had_pair)
        status = make_pair(probe, plugin.cipher, result);
    if (status == PB_OK)
        status = pb_keypair_check(plugin.cipher, result->pair.public_key, result->pair.private_key,
                                  &result->progress, &result->error);
    if (status == PB_OK) {
        result->format = plugin.cipher->format;
        result->claims = plugin.cipher->claims;
    }
    pb_plugin_unload(&plugin);
}

/* ---- what comes back ---- */

static bool is_key(const char *text)
{
    size_t size = strnlen(text, PB_KEY_MAX + 1);
    return size <= PB_KEY_MAX && pb_keypair_printable(text, size);
}

/* The plugin could have written anything into the shared memory. */
static int distrust(struct result *result, const struct pb_probe *probe, struct pb_error *error)
{
    if (result->format < 1 || result->format > 65535 || !is_key(result->pair.public_key) ||
        !is_key(result->pair.private_key))
        return pb_status_fail(error, PB_BROKEN, "%s: what the cipher says of itself makes no sense",
                              probe->file);
    return PB_OK;
}

static int step(const struct pb_probe *probe, struct result *result,
                void (*work)(const void *, void *), struct pb_error *error)
{
    struct pb_error how = {0};
    struct pb_apart apart = {.work = work,
                             .context = probe,
                             .result = result,
                             .here = probe->here,
                             .progress = work == try_plugin ? &result->progress : NULL};
    if (pb_apart_run(&apart, &how) != PB_OK)
        return pb_status_fail(error, how.status, "%s (look at it with: plugboard check %s)",
                              how.text, probe->file);
    result->error.text[sizeof result->error.text - 1] = 0;
    if (result->error.status != PB_OK)
        return pb_status_fail(error, result->error.status, "%s", result->error.text);
    return PB_OK;
}

int pb_probe_run(const struct pb_probe *probe, struct pb_probed *probed,
                 struct pb_keyfile_pair *pair, struct pb_error *error)
{
    bool seeded = probe->options->seeded;
    struct result *result = pb_watch_share(sizeof *result);
    if (!result)
        return pb_status_fail(error, PB_SYSTEM, "no memory");
    int status = seeded ? PB_OK : step(probe, result, read_keys, error);
    bool had_pair = result->had_pair;
    if (status == PB_OK)
        status = step(probe, result, try_plugin, error);
    if (status == PB_OK)
        status = distrust(result, probe, error);
    if (status == PB_OK && !seeded && !had_pair)
        status = step(probe, result, write_keys, error);
    if (status == PB_OK) {
        *pair = result->pair;
        *probed = (struct pb_probed){result->format, result->claims, !had_pair};
    }
    pb_watch_unshare(result, sizeof *result);
    return status;
}
