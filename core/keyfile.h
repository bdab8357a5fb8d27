/* keys.csv: cipher, public, private. The own key pairs, one a cipher. Never overwritten: a pair
 * that is there stays, or moves to keys.csv.old. Keys are text; what they mean is the plugin's
 * business. */
#ifndef PLUGBOARD_KEYFILE_H
#define PLUGBOARD_KEYFILE_H

#include "table.h"

#include <plugboard/cipher.h>

#define PB_KEYFILE     "keys.csv"
#define PB_KEYFILE_OLD "keys.csv.old"

struct pb_keyfile_pair {
    char public_key[PB_KEY_MAX + 1];
    char private_key[PB_KEY_MAX + 1];
};

/* The pair of a cipher. PB_NOT_FOUND: no row for it. PB_FILE: the file, or the row for this cipher,
 * is not as it should be (so that nobody makes a second pair beside one that only needs a repair).
 */
int pb_keyfile_find(const char *folder, const char *cipher, struct pb_keyfile_pair *pair,
                    const struct pb_table_report *report, struct pb_error *error) PB_CHECKED;

/* Adds a pair if the cipher has none. If it has one (another program was faster), nothing is
 * written, *pair becomes that one and *added false. added may be NULL. */
int pb_keyfile_add(const char *folder, const char *cipher, struct pb_keyfile_pair *pair,
                   bool *added, const struct pb_table_report *report,
                   struct pb_error *error) PB_CHECKED;

/* Puts this pair in the place of the cipher's, whose row goes to keys.csv.old first. *replaced:
 * there was one. */
int pb_keyfile_replace(const char *folder, const char *cipher, const struct pb_keyfile_pair *pair,
                       bool *replaced, const struct pb_table_report *report,
                       struct pb_error *error) PB_CHECKED;

/* keys.csv.old of this folder, or beside what keys.csv links to. path: room for PATH_MAX. */
int pb_keyfile_old_path(char *path, const char *folder, struct pb_error *error) PB_CHECKED;

/* Overwrites the texts so that no copy stays in memory. */
void pb_keyfile_wipe(struct pb_keyfile_pair *pair);

extern const struct pb_table_kind pb_keyfile_kind;

#endif
