/* From the command line's list of ciphers to plugins that were tried and key pairs that work. */
#include "offered.h"

#include "keyfile.h"
#include "plugin.h"
#include "probe.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- what is to be tried ---- */

static bool add(struct pb_offered_list *list, const char *name, const char *file)
{
    struct pb_offered *more = realloc(list->ciphers, (list->count + 1) * sizeof *more);
    if (!more)
        return false;
    list->ciphers = more;
    struct pb_offered *last = &more[list->count];
    *last = (struct pb_offered){.file = strdup(file)};
    snprintf(last->name, sizeof last->name, "%s", name);
    list->count += last->file != NULL;
    return last->file != NULL;
}

static int add_found(void *context, const char *name, const char *file)
{
    return !add(context, name, file);
}

static bool add_named(struct pb_offered_list *list, const struct pb_plugin_path *path,
                      const char *item)
{
    char file[PATH_MAX], name[PB_NAME_MAX + 1];
    struct pb_error error = {0};
    if (pb_plugin_find(path, item, file, &error) != PB_OK ||
        pb_plugin_name_of(file, name, &error) != PB_OK) {
        pb_options_say("%s: not offered: %s", item, error.text);
        return true;
    }
    if (pb_offered_find(list, name)) {
        pb_options_say("%s: named twice, the first one counts", name);
        return true;
    }
    return add(list, name, file);
}

static bool gather(struct pb_offered_list *list, const struct pb_server_settings *settings,
                   const struct pb_plugin_path *path)
{
    if (!settings->ciphers)
        return pb_plugin_each(path, add_found, list) == 0;
    char *rest = NULL, *copy = strdup(settings->ciphers);
    bool good = copy != NULL;
    for (char *item = copy ? strtok_r(copy, ",", &rest) : NULL; good && item;
         item = strtok_r(NULL, ",", &rest))
        good = add_named(list, path, item);
    free(copy);
    return good;
}

/* ---- trying ---- */

/* The text in whole pages of its own, which the probes of the other ciphers do not inherit. */
static char *keep_private(const char *text, size_t *room)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), need = strlen(text) + 1;
    *room = (need + page - 1) / page * page;
    char *kept = mmap(NULL, *room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (kept == MAP_FAILED)
        return NULL;
    memcpy(kept, text, need);
    madvise(kept, *room, MADV_DONTFORK);
    return kept;
}

/* The process of a session needs one of them, and drops the others when it knows which. */
static void let_sessions_inherit(const struct pb_offered_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        madvise(list->ciphers[i].private_key, list->ciphers[i].private_room, MADV_DOFORK);
}

/* `service->claims` are asked for only when nobody has named the ciphers. */
static bool claims_enough(const struct pb_offered *cipher, const struct pb_service *service,
                          const struct pb_server_settings *settings)
{
    if (settings->ciphers || (cipher->claims & service->claims) == service->claims)
        return true;
    char missing[128] = "";
    for (const struct pb_plugin_claim *claim = pb_plugin_claims; claim->word; claim++)
        if (claim->bit & service->claims & ~cipher->claims)
            snprintf(missing + strlen(missing), sizeof missing - strlen(missing), "%s%s",
                     missing[0] ? ", " : "", claim->word);
    pb_options_say("%s: not offered: it does not claim %s (to offer it all the same: --cipher %s)",
                   cipher->name, missing, cipher->name);
    return false;
}

/* True: offer it. */
static bool try_one(struct pb_offered *cipher, const struct pb_service *service,
                    const struct pb_server_settings *settings, struct pb_probe *probe, int *status)
{
    struct pb_error error = {0};
    struct pb_probed probed;
    struct pb_keyfile_pair pair;
    bool good = false;

    probe->name = cipher->name;
    probe->file = cipher->file;
    *status = pb_probe_run(probe, &probed, &pair, &error);
    if (*status != PB_OK) {
        pb_options_say("%s: not offered: %s", cipher->name, error.text);
        return false;
    }
    cipher->format = (uint16_t)probed.format;
    cipher->claims = probed.claims;
    if (!claims_enough(cipher, service, settings))
        goto out;
    cipher->public_key = strdup(pair.public_key);
    cipher->private_key = keep_private(pair.private_key, &cipher->private_room);
    if (!cipher->public_key || !cipher->private_key) {
        pb_options_say("%s: not offered: no memory", cipher->name);
        goto out;
    }
    const char *toy = cipher->claims & PB_TOY ? " (a toy, made to be broken)" : "";
    if (probe->options->seeded)
        pb_options_say("%s: made a key pair from the seed, in memory only%s", cipher->name, toy);
    else
        pb_options_say("%s: %s in %s/" PB_KEYFILE "%s", cipher->name,
                       probed.made ? "made a key pair" : "read its key pair", probe->folder, toy);
    good = true;
out:
    pb_keyfile_wipe(&pair);
    return good;
}

static void forget(struct pb_offered *cipher)
{
    if (cipher->private_key) {
        explicit_bzero(cipher->private_key, cipher->private_room);
        munmap(cipher->private_key, cipher->private_room);
    }
    free(cipher->public_key);
    free(cipher->file);
}

static int prepare_confinement(const struct pb_offered_list *list, const struct pb_service *service,
                               const char *keys, struct pb_confine *confine, struct pb_error *error)
{
    const char **files = malloc((list->count + 1) * sizeof *files);
    if (!files)
        return pb_status_fail(error, PB_SYSTEM, "no memory");
    for (size_t i = 0; i < list->count; i++)
        files[i] = list->ciphers[i].file;
    const struct pb_confine_grants grants = {.folder = service->folder};
    int result = pb_confine_prepare(confine, files, list->count, keys, &grants, error);
    free(files);
    return result;
}

int pb_offered_fill(struct pb_offered_list *list, const struct pb_service *service,
                    const struct pb_server_settings *settings, const struct pb_options *options,
                    const char *folder, struct pb_confine *confine, struct pb_error *error)
{
    struct pb_plugin_path path = {0};
    size_t good = 0;
    bool folder_fails = false;
    int result = pb_options_plugin_path(options, &path, error);
    if (result != PB_OK)
        return result;
    if (!gather(list, settings, &path)) {
        result = pb_status_fail(error, PB_SYSTEM, "no memory");
        goto out;
    }
    if (!settings->one &&
        (result = prepare_confinement(list, service, folder, confine, error)) != PB_OK)
        goto out;
    struct pb_probe probe = {
        .confine = confine, .options = options, .folder = folder, .here = settings->one};
    for (size_t i = 0; i < list->count; i++) {
        int status = PB_OK;
        if (try_one(&list->ciphers[i], service, settings, &probe, &status))
            list->ciphers[good++] = list->ciphers[i];
        else
            forget(&list->ciphers[i]);
        folder_fails |= status == PB_SYSTEM || status == PB_FILE;
    }
    list->count = good;
    let_sessions_inherit(list);
    if (!good)
        result =
            folder_fails
                ? pb_status_fail(error, PB_FILE, "no cipher can be offered without its keys: see above for what is wrong in %s",
                                 folder)
                : pb_status_fail(error, PB_PLUGIN,
                                 "no cipher can be offered (plugboard ciphers lists what is installed)");
out:
    pb_plugin_path_free(&path);
    return result;
}

/* ---- using ---- */

const struct pb_offered *pb_offered_find(const struct pb_offered_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->ciphers[i].name, name) == 0)
            return &list->ciphers[i];
    return NULL;
}

void pb_offered_names(const struct pb_offered_list *list, char *names, size_t size)
{
    size_t used = 0;
    names[0] = 0;
    for (size_t i = 0; i < list->count && used < size; i++)
        used += (size_t)snprintf(names + used, size - used, "%s%s", i ? ", " : "",
                                 list->ciphers[i].name);
}

void pb_offered_drop_others(const struct pb_offered_list *list, const struct pb_offered *own)
{
    /* The pages are ours since fork only for reading: to unmap them leaves no copy, to overwrite
     * them would first make one. */
    for (size_t i = 0; i < list->count; i++)
        if (&list->ciphers[i] != own)
            munmap(list->ciphers[i].private_key, list->ciphers[i].private_room);
}

void pb_offered_free(struct pb_offered_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        forget(&list->ciphers[i]);
    free(list->ciphers);
    *list = (struct pb_offered_list){0};
}
