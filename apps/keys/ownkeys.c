/* Reading one's own pair, and making it when it is missing. */
#include "ownkeys.h"

#include "fault.h"
#include "keypair.h"

#include <limits.h>
#include <stdio.h>

static void say(void *context, const char *sentence)
{
    (void)context;
    pb_options_say("%s", sentence);
}

const struct pb_table_report pb_ownkeys_report = {.say = say};

int pb_ownkeys_load(struct pb_plugin *plugin, const struct pb_plugin_path *path,
                    const char *name_or_file, struct pb_progress *progress, struct pb_error *error)
{
    char file[PATH_MAX], name[PB_NAME_MAX + 1];
    int result = pb_plugin_find(path, name_or_file, file, error);
    if (result == PB_OK)
        result = pb_plugin_name_of(file, name, error);
    if (result != PB_OK)
        return result;
    pb_fault_guard(progress, name, file);
    progress->verb = PB_VERB_load; /* its constructors run, too */
    result = pb_plugin_load(plugin, file, error);
    pb_progress_leave(progress);
    return result;
}

int pb_ownkeys_make(const struct pb_plugin *plugin, const char *const *keygen_options,
                    struct pb_random *random, struct pb_progress *progress,
                    struct pb_keyfile_pair *pair, struct pb_error *error)
{
    static const char *const none[] = {NULL};
    const struct pb_cipher *cipher = plugin->cipher;
    struct pb_error why = {0};
    int result = pb_keypair_make(cipher, random, keygen_options ? keygen_options : none,
                                 pair->public_key, pair->private_key, progress, error);
    if (result != PB_OK)
        return result;
    result = pb_keypair_check(cipher, pair->public_key, pair->private_key, progress, &why);
    if (result == PB_SYSTEM)
        return pb_status_fail(error, result, "%s", why.text);
    if (result != PB_OK)
        return pb_status_fail(error, PB_BROKEN,
                              "%s made a key pair that it does not accept itself: %s (plugin %s)",
                              cipher->name, why.text, plugin->file);
    return PB_OK;
}

void pb_ownkeys_say_made(const struct pb_cipher *cipher, const char *folder)
{
    static bool said;
    const char *toy = cipher->claims & PB_TOY ? ", a toy for lessons" : "";
    if (said)
        pb_options_say("%s%s: made a key pair, in the same file", cipher->name, toy);
    else
        pb_options_say("%s%s: made a key pair in %s/%s", cipher->name, toy, folder, PB_KEYFILE);
    said = true;
}

static int check_read(const char *folder, const struct pb_cipher *cipher, const struct pb_keyfile_pair *pair,
                      struct pb_progress *progress, struct pb_error *error)
{
    struct pb_error why = {0};
    int result = pb_keypair_check(cipher, pair->public_key, pair->private_key, progress, &why);
    if (result == PB_OK)
        return PB_OK;
    return pb_status_fail(error, result, "the pair of %s in %s/%s does not work: %s", cipher->name, folder, PB_KEYFILE,
                          why.text);
}

int pb_ownkeys_get(const char *folder, const struct pb_plugin *plugin,
                   const char *const *keygen_options, struct pb_random *random,
                   struct pb_progress *progress, struct pb_keyfile_pair *pair,
                   enum pb_ownkeys_how *how, struct pb_error *error)
{
    static bool reported; /* keys.csv is read for each cipher, its bad lines are told once */
    const struct pb_cipher *cipher = plugin->cipher;
    enum pb_ownkeys_how ignored;
    struct pb_error missing = {0};
    bool added;
    int result;

    how = how ? how : &ignored;
    *how = PB_OWNKEYS_SEEDED;
    if (random->seeded)
        return pb_ownkeys_make(plugin, keygen_options, random, progress, pair, error);

    *how = PB_OWNKEYS_READ;
    result =
        pb_keyfile_find(folder, cipher->name, pair, reported ? NULL : &pb_ownkeys_report, &missing);
    reported = true;
    if (result == PB_OK) /* typed by hand, perhaps: better told here, with the file, than by the other side */
        return check_read(folder, cipher, pair, progress, error);
    if (result != PB_NOT_FOUND)
        return pb_status_fail(error, result, "%s", missing.text);
    if ((result = pb_ownkeys_make(plugin, keygen_options, random, progress, pair, error)) !=
            PB_OK ||
        (result = pb_keyfile_add(folder, cipher->name, pair, &added, NULL, error)) != PB_OK)
        return result;
    if (added) {
        *how = PB_OWNKEYS_MADE;
        pb_ownkeys_say_made(cipher, folder);
    }
    return PB_OK;
}
