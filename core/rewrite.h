/* Writing a file anew so that at any moment there is the old one or the new one, whole, and so that
 * programs that read, change and write wait for each other. */
#ifndef PLUGBOARD_REWRITE_H
#define PLUGBOARD_REWRITE_H

#include "status.h"

#include <stdbool.h>
#include <stddef.h>

#define PB_REWRITE_SECONDS 10 /* patience with another program's lock */

/* Zeroed = nothing is locked. */
struct pb_rewrite {
    bool locked;
    int folder;     /* where the file really is, behind symbolic links; carries the lock (flock) */
    char name[256]; /* of the file in it */
};

/* Locks the folder of the file and removes what a killed program left of an unfinished write. The
 * file need not exist, the folder must. PB_TIMEOUT: another program has kept the lock for that many
 * seconds (0: has it now). */
int pb_rewrite_lock(struct pb_rewrite *rewrite, const char *path, unsigned seconds,
                    struct pb_error *error) PB_CHECKED;

/* Writes the file `name` of the locked folder: to NAME.tmp, sync, rename, sync of the folder. A new
 * file is 0600 and belongs to the owner of the folder where that can be; an existing one keeps mode
 * and owner. path is only for sentences. On failure the old file is as it was. */
int pb_rewrite_put(const struct pb_rewrite *rewrite, const char *name, const char *path,
                   const void *data, size_t size, struct pb_error *error) PB_CHECKED;

/* All of fd (a file or a pipe) in memory: *text is the caller's, also on failure, and is wiped and
 * freed by him. PB_FILE: over `most` bytes. */
int pb_rewrite_read(int fd, const char *path, size_t most, char **text, size_t *size,
                    struct pb_error *error) PB_CHECKED;

/* May be called twice. */
void pb_rewrite_unlock(struct pb_rewrite *rewrite);

#endif
