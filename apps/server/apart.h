/* Work in a short-lived process: what touches a plugin, or all the private keys at once, leaves
 * nothing behind in ours. */
#ifndef PLUGBOARD_APART_H
#define PLUGBOARD_APART_H

#include "confine.h"
#include "progress.h"

struct pb_apart {
    void (*work)(const void *context, void *result);
    const void *context;
    void *result; /* of pb_watch_share: the only way back */
    const struct pb_progress
        *progress; /* inside result; NULL: no cipher is called, nothing hangs */
    bool here;     /* --one: in this very process */
};

/* PB_OK: the work came to its end (what it says is in result). PB_BROKEN: it did not: error says
 * how it died. */
int pb_apart_run(const struct pb_apart *apart, struct pb_error *error) PB_CHECKED;

#endif
