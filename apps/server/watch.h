/* Who hangs, and who died of what: read from the progress that a session shares with the listener.
 */
#ifndef PLUGBOARD_WATCH_H
#define PLUGBOARD_WATCH_H

#include "progress.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Memory that a child forked from now on shares with us: size bytes, zeroed; NULL: there is none.
 */
void *pb_watch_share(size_t size);
/* After the fork: children forked later do not get it. */
void pb_watch_keep_apart(void *shared, size_t size);
/* Wipes it and gives it back. NULL is fine. */
void pb_watch_unshare(void *shared, size_t size);

/* pb_progress_patience in milliseconds. */
int64_t pb_watch_limit(void);

/* What was seen last. Zeroed = nothing yet. */
struct pb_watch {
    uint32_t verb, calls;
    int64_t since;
};

/* Looks again; true: the same call has been under way for longer than the limit (milliseconds). */
bool pb_watch_hangs(struct pb_watch *watch, const struct pb_progress *progress, int64_t now,
                    int64_t limit);

/* How a process ended, of which waitpid says `status` and which was in `verb`: "the cipher crashed
 * in open (SIGSEGV)". hung: we killed it because it did not move for so long; 0: we did not. False: properly, there is nothing to report. */
bool pb_watch_epitaph(char *line, size_t size, int status, uint32_t verb,
                       int64_t hung);

#endif
