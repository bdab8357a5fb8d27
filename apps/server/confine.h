/* What the process of a session, and of a probe, may not do. Prepared once in the listener, put on in the child, in two
 * stages: the first before anything of the plugin is mapped (no descriptors but its own, limits, reading only below the plugin
 * and library folders), the second before the first verb is called (no files, few system calls). */
#ifndef PLUGBOARD_CONFINE_H
#define PLUGBOARD_CONFINE_H

#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct sock_filter;

struct pb_confine {
    int loading, running;        /* Landlock rules of the two stages; -1: the kernel has none */
    struct sock_filter *filter;  /* of system calls, for the second stage; NULL: none */
    unsigned short filter_size;
    pid_t parent;                /* whose end is the child's end */
};

/* plugins: the files that will be loaded, count of them. folder: what a session may read and write below; NULL: no files at all. Says on
 * standard error what cannot be confined here, and why. */
int pb_confine_prepare(struct pb_confine *confine, const char *const *plugins, size_t count, const char *folder, struct pb_error *error) PB_CHECKED;
void pb_confine_free(struct pb_confine *confine);

/* First stage. keep: the descriptors that stay open beside 0, 1 and 2, at most 15; -1 is skipped. */
int pb_confine_enter(const struct pb_confine *confine, const int *keep, size_t count, struct pb_error *error) PB_CHECKED;

/* Second stage. */
int pb_confine_finish(const struct pb_confine *confine, struct pb_error *error) PB_CHECKED;

/* filter.c: compiles the filter. files: leave the calls that a service with a folder needs. PB_NOT_FOUND: this build or this
 * kernel has no filter, error says why. */
int pb_filter_compile(struct pb_confine *confine, bool files, struct pb_error *error) PB_CHECKED;
int pb_filter_load(const struct pb_confine *confine, struct pb_error *error) PB_CHECKED;

#endif
