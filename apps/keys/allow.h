/* The two ways in which `plugboard allow` adds to allowed.csv. */
#ifndef PLUGBOARD_ALLOW_H
#define PLUGBOARD_ALLOW_H

#include "allowlist.h"
#include "options.h"

/* Tells what became of each row: name, cipher and the start of the key of one that came in, and the
 * file with the first of them. Returns how many were not taken in. */
size_t pb_allow_tell(const char *folder, const struct pb_allowlist_entry *entries, size_t count);

/* allow NAME [FILE]: rows handed over. file NULL: standard input, with a prompt at a terminal.
 * Returns the exit code. */
int pb_allow_rows(const char *folder, const char *name, const char *file);

/* allow --refused [N...|all]. choice: count numbers, or "all". Returns the exit code. */
int pb_allow_refused(const char *folder, const char *const *choice, size_t count);

#endif
