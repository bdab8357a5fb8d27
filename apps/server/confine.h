/* What the process of a session, and of a probe, may not do. Prepared once in the listener, put on
 * in the child, in two stages: LOADING before anything of the plugin is mapped (no descriptors but
 * its own, limits, reading only below the plugin and library folders, no connection, no process),
 * RUNNING before the first verb is called (no files, no new code). */
#ifndef PLUGBOARD_CONFINE_H
#define PLUGBOARD_CONFINE_H

#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct sock_filter;

enum pb_confine_stage { PB_CONFINE_LOADING, PB_CONFINE_RUNNING, PB_CONFINE_STAGES };

struct pb_confine {
    int rules[PB_CONFINE_STAGES]; /* Landlock's; -1: the kernel has none */
    struct pb_filter {            /* of system calls; NULL: none */
        struct sock_filter *code;
        unsigned short size;
    } filters[PB_CONFINE_STAGES];
    pid_t parent; /* whose end is the child's end */
};

/* Confines nothing yet. */
void pb_confine_init(struct pb_confine *confine);

/* What a session is given although it is confined. */
struct pb_confine_grants {
    const char *folder; /* it may read and write below; NULL: no files at all */
    bool connects;      /* it may make connections: only without a plugin in it */
};

/* plugins: the files that will be loaded, count of them. keys: the folder that they must never
 * read, NULL: none. Says on standard error what cannot be confined here, and why. */
int pb_confine_prepare(struct pb_confine *confine, const char *const *plugins, size_t count,
                       const char *keys, const struct pb_confine_grants *grants,
                       struct pb_error *error) PB_CHECKED;
void pb_confine_free(struct pb_confine *confine);

/* LOADING. keep: the descriptors that stay open beside 0, 1 and 2, at most 15; -1 is skipped. */
int pb_confine_enter(const struct pb_confine *confine, const int *keep, size_t count,
                     struct pb_error *error) PB_CHECKED;

/* RUNNING. */
int pb_confine_finish(const struct pb_confine *confine, struct pb_error *error) PB_CHECKED;

/* filter.c: compiles the filter of a stage, leaving the calls that the grants need. PB_NOT_FOUND:
 * this build or this kernel has no filters, error says why. */
int pb_filter_compile(struct pb_filter *filter, enum pb_confine_stage stage,
                      const struct pb_confine_grants *grants, struct pb_error *error) PB_CHECKED;
int pb_filter_load(const struct pb_filter *filter, struct pb_error *error) PB_CHECKED;

#endif
