/* Marks: one hidden file for each name that is being written, ".pb-HASH.name". Locked (flock) as
 * long as its writer lives, so a second writer is told so; not locked any more: the writer was
 * killed, and the mark says what to do with its part.
 *
 * Whoever removes a mark holds its lock, and has seen that the name still means the locked file: so
 * no two can take the same mark, and nobody takes a new one for an old one. A part exists only
 * while its mark does. */
#ifndef PLUGBOARD_FTP_MARK_H
#define PLUGBOARD_FTP_MARK_H

#include "root.h"

#define FTP_MARK_NAME_MAX 32

struct ftp_mark {
    int fd; /* -1: none */
    char name[FTP_MARK_NAME_MAX], part[FTP_MARK_NAME_MAX];
};

/* Makes the mark of `target`, a name in folder. What a killed writer left is put in order first.
 * FTP_BUSY: it has a writer. */
enum ftp_error ftp_mark_take(struct ftp_mark *mark, int folder, const char *target) PB_CHECKED;

/* Draws mark->part and writes down what is to become of it: keep: it gets the target's name, else
 * it goes. To be called before the part is made. */
enum ftp_error ftp_mark_note(struct ftp_mark *mark, const char *target, bool keep) PB_CHECKED;

void ftp_mark_drop(struct ftp_mark *mark, int folder);

/* A part whose upload was cut off: under its target's name if keep, if it has a byte and if nothing
 * of that name is there now. */
void ftp_mark_settle(int folder, const char *part, const char *target, bool keep);

/* Renames the part unless there is something of that name; -1 and errno, as rename(2). */
int ftp_mark_publish(int folder, const char *part, const char *target);

#endif
