/* A download under way: a short hidden name in the folder of its target, and the name itself only
 * when all is there and verified. An old file of that name survives everything else. The hidden
 * name follows from the target's, so that a later `reget` finds what was left by a cut, or by kill
 * -9. */
#ifndef PLUGBOARD_FTP_PART_H
#define PLUGBOARD_FTP_PART_H

#include "status.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FTP_PART_NAME_MAX 32

struct ftp_part {
    int folder; /* of the target; owned */
    int fd;     /* what is written to; owned. -1: not open */
    char name[NAME_MAX + 1], hidden[FTP_PART_NAME_MAX];
    bool direct;   /* the target is no regular file (/dev/null): written to as it is */
    uint64_t have; /* bytes that were there already (resume) */
    unsigned mode; /* of the file when it is done */
};

/* name: one component, folder: a descriptor (kept as a duplicate). resume: goes on with what was
 * left, or with a copy of the file that is there. PB_FILE: it is a folder; or another transfer
 * writes it. */
int ftp_part_open(struct ftp_part *part, int folder, const char *name, bool resume,
                  struct pb_error *error) PB_CHECKED;

int ftp_part_write(struct ftp_part *part, const void *data, size_t size,
                   struct pb_error *error) PB_CHECKED;

/* All is well: gives it its name. time < 0: now. */
int ftp_part_finish(struct ftp_part *part, int64_t time, struct pb_error *error) PB_CHECKED;

/* Not finished: an empty part, or one that is wrong (drop), is removed. True: something was kept.
 * Also closes after ftp_part_finish. A part that was never opened: fd and folder are -1. */
bool ftp_part_close(struct ftp_part *part, bool drop);

/* Is this the name of such a part? */
bool ftp_part_is(const char *name, size_t size);

#endif
