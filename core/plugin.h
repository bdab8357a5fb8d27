/* Finding, loading and checking plugins. What a plugin does once it runs is session.h's business. */
#ifndef PLUGBOARD_PLUGIN_H
#define PLUGBOARD_PLUGIN_H

#include "status.h"

#include <plugboard/cipher.h>
#include <stdbool.h>

/* Where plugins are looked for, in this order: the folders given with --plugins, $PLUGBOARD_PLUGINS (colon
 * separated), beside the executable (EXE/ciphers in a build tree, EXE/../lib/plugboard/ciphers when installed),
 * the folder compiled in. Zeroed = none. */
struct pb_plugin_path {
    char **folders; /* owned; each absolute or as given; a folder is named once */
    size_t count;
};

/* Fills path. given: the --plugins folders, count of them. */
int pb_plugin_path_init(struct pb_plugin_path *path, const char *const *given, size_t count, struct pb_error *error) PB_CHECKED;
void pb_plugin_path_free(struct pb_plugin_path *path);

/* True if name matches [a-z0-9_-]{1,31}: nothing else ever becomes part of a path. */
bool pb_plugin_name_valid(const char *name);

/* Finds the file of a cipher: name_or_file is a name, or a path to a .so if there is a '/' in it. file: room for PATH_MAX bytes.
 * PB_PLUGIN when it is not there, with the folders searched and the nearest name. No code of it is run. */
int pb_plugin_find(const struct pb_plugin_path *path, const char *name_or_file, char *file, struct pb_error *error) PB_CHECKED;

/* The cipher name that a file's name stands for: "/a/b/xor.so" -> "xor". name: room for PB_NAME_MAX + 1. PB_PLUGIN if it is none. */
int pb_plugin_name_of(const char *file, char *name, struct pb_error *error) PB_CHECKED;

/* All files that look like plugins, sorted by name, the first folder winning. Calls each(context, name, file) for
 * every one, without running any code of them; stops when each returns non-zero and returns that, otherwise 0. */
int pb_plugin_each(const struct pb_plugin_path *path, int (*each)(void *context, const char *name, const char *file), void *context);

/* The same for files in these folders that end in .so but can be no plugin because of their name ("My Cipher.so"): a
 * person wants to hear of them. `name` may be of any bytes and any length here: show it, never use it. */
int pb_plugin_each_misnamed(const struct pb_plugin_path *path, int (*each)(void *context, const char *name, const char *file),
                            void *context);

struct pb_plugin {
    void *library;                  /* of dlopen */
    const struct pb_cipher *cipher; /* &copy; members that the plugin's struct has not are NULL or 0 */
    struct pb_cipher copy;
    char file[4096];
};

/* Loads and checks one file (from pb_plugin_find). This runs code of the plugin (constructors). Every way to fail has its own sentence, PB_PLUGIN. */
int pb_plugin_load(struct pb_plugin *plugin, const char *file, struct pb_error *error) PB_CHECKED;

/* NULL-safe in the sense that a zeroed plugin is fine; may be called twice. */
void pb_plugin_unload(struct pb_plugin *plugin);

/* The words of claims, for people: "confidential", "randomised" ... in the order of enum pb_claim. NULL after the last. */
struct pb_plugin_claim {
    uint32_t bit;
    const char *word;
    const char *sentence;
};
extern const struct pb_plugin_claim pb_plugin_claims[];

#endif
