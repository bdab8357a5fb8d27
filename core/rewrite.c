/* Lock, temporary file, sync, rename, sync. */
#include "rewrite.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int temporary_name(char *temporary, size_t size, const char *name)
{
    int length = snprintf(temporary, size, "%s.tmp", name);
    return length > 0 && (size_t)length < size ? 0 : -1;
}

/* flock with patience: a program that was stopped inside must not stop all others for ever. */
static int lock_within(int folder, unsigned seconds)
{
    struct timespec pause = {.tv_nsec = 2000000};
    for (unsigned long tries = 0; flock(folder, LOCK_EX | LOCK_NB) < 0; tries++) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return -1;
        if (tries >= seconds * 500ul) {
            errno = EWOULDBLOCK;
            return -1;
        }
        nanosleep(&pause, NULL);
    }
    return 0;
}

int pb_rewrite_lock(struct pb_rewrite *rewrite, const char *path, unsigned seconds,
                    struct pb_error *error)
{
    char real[PATH_MAX], temporary[sizeof rewrite->name + 4];
    memset(rewrite, 0, sizeof *rewrite);

    /* a link that keys.csv may be is followed: renaming over it would leave its target behind, old
     */
    if (!realpath(path, real) && snprintf(real, sizeof real, "%s", path) >= (int)sizeof real)
        return pb_status_fail(error, PB_USAGE, "%.200s...: this path is too long", path);
    char *slash = strrchr(real, '/');
    const char *folder = !slash          ? "."
                         : slash == real ? "/"
                                         : real,
               *name = slash ? slash + 1 : real;
    if (snprintf(rewrite->name, sizeof rewrite->name, "%s", name) >= (int)sizeof rewrite->name ||
        !*name)
        return pb_status_fail(error, PB_USAGE, "%s: not a file's name", path);
    if (slash)
        *slash = 0;

    rewrite->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (rewrite->folder < 0)
        return pb_status_fail(error, PB_SYSTEM, "%s cannot be written: its folder %s: %s", path,
                              folder, strerror(errno));
    if (lock_within(rewrite->folder, seconds) < 0) {
        int reason = errno;
        close(rewrite->folder);
        if (reason == EWOULDBLOCK)
            return pb_status_fail(error, PB_TIMEOUT,
                                  "%s cannot be written: another program has kept the folder %s "
                                  "locked for %u seconds; end it, "
                                  "then try again",
                                  path, folder, seconds);
        return pb_status_fail(error, PB_SYSTEM, "%s cannot be written: locking the folder %s: %s",
                              path, folder, strerror(reason));
    }
    rewrite->locked = true;
    if (temporary_name(temporary, sizeof temporary, rewrite->name) == 0)
        unlinkat(rewrite->folder, temporary, 0);
    return PB_OK;
}

/* Mode and owner that the new file gets. Root may write a file of somebody else: it must stay
 * readable for him. */
static int dress(int folder, const char *name, int fd)
{
    struct stat old;
    mode_t mode = 0600;
    if (fstatat(folder, name, &old, 0) == 0)
        mode = old.st_mode & 0777;
    else if (fstat(folder, &old) < 0)
        return -1;
    if (geteuid() == 0 && (old.st_uid != 0 || old.st_gid != 0) &&
        fchown(fd, old.st_uid, old.st_gid) < 0 && errno != EPERM && errno != EINVAL)
        return -1;
    return fchmod(fd, mode);
}

static int write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t wrote = write(fd, data, size);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return -1;
        data += wrote;
        size -= (size_t)wrote;
    }
    return 0;
}

int pb_rewrite_put(const struct pb_rewrite *rewrite, const char *name, const char *path,
                   const void *data, size_t size, struct pb_error *error)
{
    char temporary[sizeof rewrite->name + 4];
    const char *step = "making a temporary file beside it";
    int fd = -1, reason;

    errno = ENAMETOOLONG;
    if (!rewrite->locked || temporary_name(temporary, sizeof temporary, name) < 0)
        goto failed;
    if (unlinkat(rewrite->folder, temporary, 0) < 0 && errno != ENOENT)
        goto failed;
    fd = openat(rewrite->folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                0600);
    if (fd < 0)
        goto failed;
    step = "writing";
    if (dress(rewrite->folder, name, fd) < 0 || write_all(fd, data, size) < 0 || fsync(fd) < 0)
        goto undo;
    reason = close(fd);
    fd = -1;
    if (reason < 0)
        goto undo;
    step = "renaming";
    if (renameat(rewrite->folder, temporary, rewrite->folder, name) < 0)
        goto undo;
    if (fsync(rewrite->folder) < 0 && errno != EINVAL &&
        errno != EROFS) /* some file systems cannot: then it is as good as it gets */
        return pb_status_fail(error, PB_SYSTEM,
                              "%s is written, but may not outlive a power cut: %s", path,
                              strerror(errno));
    return PB_OK;

undo:
    reason = errno;
    if (fd >= 0)
        close(fd);
    unlinkat(rewrite->folder, temporary, 0);
    errno = reason;
failed:
    return pb_status_fail(error, PB_SYSTEM,
                          "%s cannot be written (%s): %s; what was there is unchanged", path, step,
                          strerror(errno));
}

int pb_rewrite_read(int fd, const char *path, size_t most, char **text, size_t *size,
                    struct pb_error *error)
{
    size_t room = 0;
    *text = NULL;
    *size = 0;
    for (;;) {
        if (*size == room) {
            /* not realloc: it would leave copies of private keys behind */
            size_t more = room ? 2 * room : 16384;
            char *larger = malloc(more);
            if (!larger)
                return pb_status_fail(error, PB_SYSTEM, "%s: not enough memory", path);
            if (*text) {
                memcpy(larger, *text, *size);
                explicit_bzero(*text, *size);
            }
            free(*text);
            *text = larger;
            room = more;
        }
        ssize_t got = read(fd, *text + *size, room - *size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return pb_status_fail(error, PB_SYSTEM, "%s cannot be read: %s", path, strerror(errno));
        if (got == 0)
            return PB_OK;
        *size += (size_t)got;
        if (*size > most)
            return pb_status_fail(error, PB_FILE,
                                  "%s is larger than %zu bytes, more than such a list can be", path,
                                  most);
    }
}

void pb_rewrite_unlock(struct pb_rewrite *rewrite)
{
    if (rewrite->locked)
        close(rewrite->folder); /* the lock goes with the last descriptor */
    memset(rewrite, 0, sizeof *rewrite);
}
