/* The listener's three lists: who may come, who was refused, who was here. */
#ifndef PLUGBOARD_VISITORS_H
#define PLUGBOARD_VISITORS_H

#include "allowlist.h"
#include "clientlist.h"
#include "refusedlist.h"

struct pb_visitors {
    const char *folder;
    struct pb_allowlist allowed;
    struct pb_clientlist clients;
    struct pb_refusedlist refused;
    int64_t written;         /* when, on the clock of pb_clock_now */
    char said[PB_ERROR_MAX]; /* the last complaint: told once */
};

/* Reads allowed.csv and says how many are allowed, or how to begin. folder is lent. */
void pb_visitors_open(struct pb_visitors *visitors, const char *folder, bool allow_any);

/* Reads allowed.csv again if it has changed. */
void pb_visitors_refresh(struct pb_visitors *visitors);

/* Writes what was noted, at most once a second unless `at_once`. Returns in how many milliseconds
 * there is something to write; -1: nothing. */
int pb_visitors_write(struct pb_visitors *visitors, bool at_once);

void pb_visitors_close(struct pb_visitors *visitors);

#endif
