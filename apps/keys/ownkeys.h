/* One's own key pair of a cipher: read from keys.csv, made then if it is missing. Used by keygen,
 * pubkey and clients. */
#ifndef PLUGBOARD_OWNKEYS_H
#define PLUGBOARD_OWNKEYS_H

#include "options.h"

#include "keyfile.h"
#include "keypair.h"
#include "plugin.h"
#include "progress.h"
#include "random.h"

enum pb_ownkeys_how {
    PB_OWNKEYS_READ,  /* it was in keys.csv */
    PB_OWNKEYS_MADE,  /* made and written just now: said on standard error, with the full path */
    PB_OWNKEYS_SEEDED /* made in memory from --seed: keys.csv was neither read nor written */
};

/* Finds and loads the plugin of a cipher, with the fault guard set: a crash of it names cipher and
 * verb and ends the program with 4. progress and plugin stay lent to the guard until the program
 * ends. */
int pb_ownkeys_load(struct pb_plugin *plugin, const struct pb_plugin_path *path,
                    const char *name_or_file, struct pb_progress *progress,
                    struct pb_error *error) PB_CHECKED;

/* The pair of this cipher. keygen_options ("bits=24", ended by NULL; NULL: none) count only if one
 * is made. random seeded: the pair is a function of it and folder is not used. how may be NULL. A
 * pair is tried (pb_keypair_check), one that is read as well: somebody may have typed it. Start says
 * what is wrong with it. */
int pb_ownkeys_get(const char *folder, const struct pb_plugin *plugin,
                   const char *const *keygen_options, struct pb_random *random,
                   struct pb_progress *progress, struct pb_keyfile_pair *pair,
                   enum pb_ownkeys_how *how, struct pb_error *error) PB_CHECKED;

/* Makes a pair and tries it; no file is touched. */
int pb_ownkeys_make(const struct pb_plugin *plugin, const char *const *keygen_options,
                    struct pb_random *random, struct pb_progress *progress,
                    struct pb_keyfile_pair *pair, struct pb_error *error) PB_CHECKED;

/* "xor: made a key pair in PATH" on standard error; after the first time "in the same file". */
void pb_ownkeys_say_made(const struct pb_cipher *cipher, const char *folder);

/* Sentences of the CSV files, one line each on standard error. */
extern const struct pb_table_report pb_ownkeys_report;

#endif
