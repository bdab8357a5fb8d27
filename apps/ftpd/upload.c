/* One upload, from its first byte to the rename. */
#include "upload.h"

#include "root_at.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <unistd.h>

#define MODE       0664 /* at most: not executable, no s-bits, not for everybody to write */
#define STOU_TRIES 64
#define STOU_ADDED 9 /* ".1234abcd" */

static void release(struct ftp_upload *upload)
{
    if (upload->fd >= 0)
        close(upload->fd);
    if (upload->folder >= 0) {
        ftp_mark_drop(&upload->mark, upload->folder);
        close(upload->folder);
    }
    upload->fd = upload->folder = -1;
}

static bool has_part(const struct ftp_upload *upload)
{
    return upload->mark.part[0];
}

/* Opens what has the name now, if it may be written. fd -1 and FTP_OK: there is nothing. */
static enum ftp_error open_target(struct ftp_upload *upload, int *fd, struct stat *status)
{
    *fd = -1;
    if (fstatat(upload->folder, upload->name, status, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? FTP_OK : ftp_error_of(errno);
    if (S_ISLNK(status->st_mode))
        return FTP_A_LINK;
    if (!S_ISREG(status->st_mode))
        return FTP_NOT_A_FILE;
    *fd = openat(upload->folder, upload->name,
                 O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (*fd < 0)
        return errno == ELOOP ? FTP_A_LINK : ftp_error_of(errno);
    if (fstat(*fd, status) == 0 && S_ISREG(status->st_mode))
        return FTP_OK;
    close(*fd);
    *fd = -1;
    return FTP_NOT_A_FILE;
}

static enum ftp_error make_part(struct ftp_upload *upload, const struct stat *old)
{
    enum ftp_error result = ftp_mark_note(&upload->mark, upload->name, !upload->replaces);
    if (result != FTP_OK) {
        upload->mark.part[0] = 0;
        return result;
    }
    upload->fd = openat(upload->folder, upload->mark.part,
                        O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, MODE);
    if (upload->fd < 0 || (upload->replaces && fchmod(upload->fd, old->st_mode & MODE) < 0))
        return ftp_error_of(errno);
    return FTP_OK;
}

/* The first bytes of the target, which REST says are good, into the part. */
static enum ftp_error copy_start(struct ftp_upload *upload)
{
    enum ftp_error result = FTP_OK;
    uint64_t left = upload->offset;
    int from = openat(upload->folder, upload->name,
                      O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (from < 0)
        return ftp_error_of(errno);
    while (result == FTP_OK && left > 0) {
        ssize_t got = copy_file_range(from, NULL, upload->fd, NULL, left, 0);
        if (got < 0) /* not every file system can */
            got = sendfile(upload->fd, from, NULL, left);
        if (got < 0 && errno != EINTR)
            result = ftp_error_of(errno);
        if (got == 0)
            result = FTP_BAD_OFFSET; /* it shrank */
        left -= got > 0 ? (uint64_t)got : 0;
    }
    close(from);
    return result;
}

/* Goes on in the target itself; what is behind the offset goes with the first byte that arrives
 * (write_in_place). */
static enum ftp_error go_on(struct ftp_upload *upload, int target)
{
    upload->fd = target;
    return lseek(target, (off_t)upload->offset, SEEK_SET) < 0 ? ftp_error_of(errno) : FTP_OK;
}

/* Decides between a part and the target itself. */
static enum ftp_error begin_bytes(struct ftp_upload *upload, enum ftp_upload_kind kind,
                                  uint64_t offset)
{
    struct stat old = {0};
    int target = -1;
    enum ftp_error result = open_target(upload, &target, &old);
    if (result != FTP_OK)
        return result;
    uint64_t size = target >= 0 ? (uint64_t)old.st_size : 0;
    upload->replaces = target >= 0;
    upload->offset = kind == FTP_UPLOAD_APPEND ? size : offset;
    if (upload->offset > size)
        result = FTP_BAD_OFFSET;
    else if (upload->offset > 0 && (upload->offset == size || upload->offset > FTP_UPLOAD_COPY_MAX))
        return go_on(upload, target);
    else
        result = make_part(upload, &old);
    if (target >= 0)
        close(target);
    if (result == FTP_OK && upload->offset > 0)
        result = copy_start(upload);
    return result;
}

/* STOU: another name for the next try. Cut where a UTF-8 character begins. */
static void other_name(struct ftp_upload *upload, const char *wanted)
{
    uint32_t random = 0;
    size_t size = strlen(wanted);
    if (size > FTP_NAME_MAX - STOU_ADDED)
        for (size = FTP_NAME_MAX - STOU_ADDED;
             size > 0 && ((unsigned char)wanted[size] & 0xc0) == 0x80; size--)
            ;
    if (getrandom(&random, sizeof random, 0) < 0)
        random = 0;
    snprintf(upload->name, sizeof upload->name, "%.*s.%08x", (int)size, wanted, random);
}

/* A name that nothing and nobody has, and its mark. */
static enum ftp_error take_unique(struct ftp_upload *upload)
{
    char wanted[FTP_NAME_MAX + 1];
    struct stat status;
    snprintf(wanted, sizeof wanted, "%s", upload->name);
    for (int i = 0; i < STOU_TRIES; i++) {
        enum ftp_error result = ftp_mark_take(&upload->mark, upload->folder, upload->name);
        if (result != FTP_OK && result != FTP_BUSY)
            return result;
        if (result == FTP_OK &&
            fstatat(upload->folder, upload->name, &status, AT_SYMLINK_NOFOLLOW) < 0)
            return errno == ENOENT ? FTP_OK : ftp_error_of(errno);
        ftp_mark_drop(&upload->mark, upload->folder);
        other_name(upload, wanted);
    }
    return FTP_BUSY;
}

enum ftp_error ftp_upload_begin(struct ftp_upload *upload, const struct ftp_root *root,
                                const char *path, enum ftp_upload_kind kind, uint64_t offset)
{
    size_t size = strlen(path);
    *upload = (struct ftp_upload){
        .folder = -1, .fd = -1, .mark.fd = -1, .unique = kind == FTP_UPLOAD_UNIQUE};
    if (root->read_only)
        return FTP_READ_ONLY;
    if (size == 0 || path[size - 1] == '/') /* that would be a folder */
        return FTP_BAD_NAME;
    if (offset > INT64_MAX || (offset && kind != FTP_UPLOAD_NEW))
        return FTP_BAD_OFFSET;
    enum ftp_error result = ftp_root_parent(root, path, &upload->folder, upload->name);
    if (result == FTP_OK)
        result = upload->unique ? take_unique(upload)
                                : ftp_mark_take(&upload->mark, upload->folder, upload->name);
    if (result == FTP_OK)
        result = begin_bytes(upload, kind, offset);
    if (result != FTP_OK) {
        if (has_part(upload))
            ftp_mark_settle(upload->folder, upload->mark.part, upload->name, false);
        release(upload);
    }
    return result;
}

/* Writing to the target itself: it ends where the new bytes begin, so that a cut leaves a file
 * whose size says how far it came. */
static enum ftp_error cut_first(struct ftp_upload *upload)
{
    if (has_part(upload) || upload->written > 0)
        return FTP_OK;
    return ftruncate(upload->fd, (off_t)upload->offset) < 0 ? ftp_error_of(errno) : FTP_OK;
}

enum ftp_error ftp_upload_write(struct ftp_upload *upload, const void *bytes, size_t size)
{
    const char *from = bytes;
    enum ftp_error result = cut_first(upload);
    while (result == FTP_OK && size > 0) {
        ssize_t written = write(upload->fd, from, size);
        if (written < 0 && errno != EINTR)
            result = ftp_error_of(errno);
        if (written <= 0)
            continue;
        from += written;
        size -= (size_t)written;
        upload->written += (uint64_t)written;
    }
    return result;
}

static int take_the_name(const struct ftp_upload *upload)
{
    if (upload->unique)
        return ftp_mark_publish(upload->folder, upload->mark.part, upload->name);
    return renameat(upload->folder, upload->mark.part, upload->folder, upload->name);
}

enum ftp_error ftp_upload_finish(struct ftp_upload *upload)
{
    enum ftp_error result = cut_first(upload);
    int closed = close(upload->fd); /* some file systems only say here that the disk was full */
    upload->fd = -1;
    if (result == FTP_OK && closed < 0 && errno != EINTR)
        result = ftp_error_of(errno);
    if (result == FTP_OK && has_part(upload) && take_the_name(upload) < 0)
        result = ftp_error_of(errno);
    if (result == FTP_OK)
        release(upload);
    else
        ftp_upload_fail(upload);
    return result;
}

void ftp_upload_fail(struct ftp_upload *upload)
{
    if (upload->folder < 0)
        return;
    if (has_part(upload))
        ftp_mark_settle(upload->folder, upload->mark.part, upload->name, !upload->replaces);
    release(upload);
}
