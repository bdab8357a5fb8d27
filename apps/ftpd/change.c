/* What changes folders: always the last part of a path, in its opened parent, never followed. */
#include "root.h"

#include "root_at.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452 /* Linux 6.6, the same number everywhere */
#endif

/* A name in its opened folder. */
struct place {
    int folder;
    char name[FTP_NAME_MAX + 1];
};

static enum ftp_error find(const struct ftp_root *root, const char *path, struct place *place)
{
    place->folder = -1;
    return root->read_only ? FTP_READ_ONLY
                           : ftp_root_parent(root, path, &place->folder, place->name);
}

static void leave(struct place *place)
{
    if (place->folder >= 0)
        close(place->folder);
}

/* What is there under this name itself. A link counts if it leads somewhere. */
static enum ftp_error entry(const struct ftp_root *root, const char *path,
                            const struct place *place, struct stat *status)
{
    struct stat target;
    if (fstatat(place->folder, place->name, status, AT_SYMLINK_NOFOLLOW) < 0)
        return ftp_error_of(errno);
    return S_ISLNK(status->st_mode) ? ftp_root_stat(root, path, &target) : FTP_OK;
}

static enum ftp_error done(int returned)
{
    return returned < 0 ? ftp_error_of(errno) : FTP_OK;
}

enum ftp_error ftp_root_mkdir(const struct ftp_root *root, const char *path)
{
    struct place place;
    enum ftp_error result = find(root, path, &place);
    if (result == FTP_OK)
        result = done(mkdirat(place.folder, place.name, 0755));
    leave(&place);
    return result;
}

enum ftp_error ftp_root_rmdir(const struct ftp_root *root, const char *path)
{
    struct place place;
    enum ftp_error result = find(root, path, &place);
    if (result == FTP_OK)
        result = done(unlinkat(place.folder, place.name, AT_REMOVEDIR));
    leave(&place);
    return result;
}

enum ftp_error ftp_root_unlink(const struct ftp_root *root, const char *path)
{
    struct place place;
    struct stat status;
    enum ftp_error result = find(root, path, &place);
    if (result == FTP_OK)
        result = entry(root, path, &place, &status);
    if (result == FTP_OK && S_ISDIR(status.st_mode))
        result = FTP_NOT_A_FILE;
    if (result == FTP_OK)
        result = done(unlinkat(place.folder, place.name, 0)); /* of a link: the link */
    leave(&place);
    return result;
}

enum ftp_error ftp_root_rename(const struct ftp_root *root, const char *from, const char *to)
{
    struct place old, new = {.folder = -1};
    struct stat status;
    enum ftp_error result = find(root, from, &old);
    if (result == FTP_OK)
        result = entry(root, from, &old, &status);
    if (result == FTP_OK)
        result = find(root, to, &new);
    if (result == FTP_OK && fstatat(new.folder, new.name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISLNK(status.st_mode))
        result = FTP_A_LINK;
    if (result == FTP_OK)
        result = done(renameat2(old.folder, old.name, new.folder, new.name, 0));
    leave(&new);
    leave(&old);
    return result;
}

/* The mode is set on the very thing that was looked at. An O_PATH descriptor needs no right to
 * read, but a new kernel. */
static enum ftp_error set_mode(const struct place *place, mode_t mode)
{
    struct stat status;
    enum ftp_error result = FTP_OK;
    int fd = openat(place->folder, place->name, O_PATH | O_NOFOLLOW | O_CLOEXEC), readable = -1;
    if (fd < 0 || fstat(fd, &status) < 0)
        result = ftp_error_of(errno);
    else if (S_ISLNK(status.st_mode))
        result = FTP_A_LINK;
    else if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
        result = FTP_NOT_A_FILE;
    else if (syscall(SYS_fchmodat2, fd, "", mode, AT_EMPTY_PATH) < 0) {
        readable = openat(place->folder, place->name,
                          O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        result = done(readable < 0 ? -1 : fchmod(readable, mode));
    }
    if (readable >= 0)
        close(readable);
    if (fd >= 0)
        close(fd);
    return result;
}

enum ftp_error ftp_root_chmod(const struct ftp_root *root, const char *path, mode_t mode)
{
    struct place place;
    enum ftp_error result = find(root, path, &place);
    if (result == FTP_OK)
        result = set_mode(&place, mode & 0777);
    leave(&place);
    return result;
}

enum ftp_error ftp_root_touch(const struct ftp_root *root, const char *path,
                              struct timespec modified)
{
    struct place place;
    struct stat status;
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, modified};
    enum ftp_error result = find(root, path, &place);
    if (result == FTP_OK)
        result = entry(root, path, &place, &status);
    if (result == FTP_OK && S_ISLNK(status.st_mode))
        result = FTP_A_LINK;
    if (result == FTP_OK)
        result = done(utimensat(place.folder, place.name, times, AT_SYMLINK_NOFOLLOW));
    leave(&place);
    return result;
}
