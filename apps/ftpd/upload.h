/* Uploads that are atomic and can be resumed. The bytes go to a hidden file beside the target,
 * which takes the target's place in one rename when everything is there.
 *
 *     .pb-RANDOM.part   the bytes
 *     .pb-HASH.name     the mark (mark.h): what the target and its part are called
 *
 * The mark is locked while the upload runs, so that a name has one writer. It is left behind if the
 * process is killed, so that the part finds its name (ftp_upload_rescue).
 *
 * Cut off (ftp_upload_fail): a file that was there stays as it was and nothing is left behind.
 * Where there was none, the part becomes visible under its name (if it has a byte), so that SIZE
 * and REST can go on with it.
 *
 * Bytes after the end of a file (APPE; REST at its end) are written to the file itself, and what
 * has arrived stays. REST before the end copies what is kept, up to FTP_UPLOAD_COPY_MAX, to a part;
 * beyond that, the file itself is cut at the offset and goes on. */
#ifndef PLUGBOARD_FTP_UPLOAD_H
#define PLUGBOARD_FTP_UPLOAD_H

#include "mark.h"

#define FTP_UPLOAD_COPY_MAX (64u << 20)

enum ftp_upload_kind {
    FTP_UPLOAD_NEW,    /* STOR: the file becomes what is sent, from `offset` (REST) on */
    FTP_UPLOAD_APPEND, /* APPE; offset must be 0 */
    FTP_UPLOAD_UNIQUE, /* STOU: never touches what is there; the path's last part if it is free,
                          else that with something added */
};

/* A zeroed struct is not an upload: begin fills it, also when it fails. */
struct ftp_upload {
    int folder, fd;              /* -1: none */
    char name[FTP_NAME_MAX + 1]; /* in its folder: for STOU, the one that was chosen */
    struct ftp_mark mark;        /* its part is "": the bytes go to the target itself */
    bool replaces, unique;       /* there was a file of that name; there must be none */
    uint64_t offset, written;    /* where it began; bytes since then */
};

/* FTP_BUSY: somebody else writes this name. FTP_BAD_OFFSET: the file ends before offset. Nothing
 * needs to be undone on failure. */
enum ftp_error ftp_upload_begin(struct ftp_upload *upload, const struct ftp_root *root,
                                const char *path, enum ftp_upload_kind kind,
                                uint64_t offset) PB_CHECKED;

/* After an error only ftp_upload_fail may follow. Ignore SIGXFSZ where RLIMIT_FSIZE is set. */
enum ftp_error ftp_upload_write(struct ftp_upload *upload, const void *bytes,
                                size_t size) PB_CHECKED;

/* Everything has arrived: the target is complete now. On failure it has done what ftp_upload_fail
 * does. */
enum ftp_error ftp_upload_finish(struct ftp_upload *upload) PB_CHECKED;

/* Cut off or given up. Call it at the end of a session, too; does nothing if no upload is under way
 * (after begin, once). */
void ftp_upload_fail(struct ftp_upload *upload);

/* If a process was killed while it wrote this path: what it left becomes visible, or goes, as
 * ftp_upload_fail would have done it. Cheap. For whoever finds that a path is not there (SIZE,
 * MLST, REST), and for begin itself. */
void ftp_upload_rescue(const struct ftp_root *root, const char *path);

/* The same for everything below the root: when the server starts, and when a session was killed.
 * Leaves alone what another process is writing. Returns how many hidden files went. */
unsigned ftp_upload_sweep(const struct ftp_root *root);

#endif
