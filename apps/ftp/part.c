/* Downloads to a hidden name, then renamed. */
#include "part.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* ".pb-0123456789abcdef.part": from the name by FNV-1a. Two names of one folder may meet there once
 * in 2^64; then the lock, or the hash at the end, tells. */
static void hide(char hidden[FTP_PART_NAME_MAX], const char *name)
{
    uint64_t sum = 0xcbf29ce484222325u;
    for (; *name; name++)
        sum = (sum ^ (unsigned char)*name) * 0x100000001b3u;
    snprintf(hidden, FTP_PART_NAME_MAX, ".pb-%016llx.part", (unsigned long long)sum);
}

bool ftp_part_is(const char *name, size_t size)
{
    return size == 25 && memcmp(name, ".pb-", 4) == 0 && memcmp(name + 20, ".part", 5) == 0;
}

static int fail(const struct ftp_part *part, const char *what, struct pb_error *error)
{
    char shown[4 * NAME_MAX + 1];
    int number = errno;
    pb_status_printable(shown, sizeof shown, part->name, strlen(part->name));
    return pb_status_fail(error, PB_FILE, "%s %s: %s", shown, what, strerror(number));
}

/* What is there already under the target's name, copied: it stays until the new one is whole. */
static int copy_old(struct ftp_part *part, struct pb_error *error)
{
    int old = openat(part->folder, part->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (old < 0)
        return errno == ENOENT ? PB_OK : fail(part, "cannot be read to go on with it", error);
    char block[65536];
    ssize_t got;
    int result = PB_OK;
    while ((got = copy_file_range(old, NULL, part->fd, NULL, 1u << 30, 0)) > 0)
        part->have += (uint64_t)got;
    while (got != 0 && result == PB_OK && (got = read(old, block, sizeof block)) > 0) {
        result = ftp_part_write(part, block, (size_t)got, error);
        part->have += (uint64_t)got;
    }
    if (got < 0)
        result = fail(part, "cannot be read to go on with it", error);
    close(old);
    return result;
}

static int open_hidden(struct ftp_part *part, bool resume, struct pb_error *error)
{
    struct stat status, there;
    part->fd = openat(part->folder, part->hidden,
                      O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (part->fd < 0)
        return fail(part, "cannot be written", error);
    /* Locked, and still the file of that name: somebody else may have just finished it. */
    if (flock(part->fd, LOCK_EX | LOCK_NB) < 0 || fstat(part->fd, &status) < 0 ||
        fstatat(part->folder, part->hidden, &there, AT_SYMLINK_NOFOLLOW) < 0 ||
        there.st_ino != status.st_ino || !S_ISREG(status.st_mode) || status.st_nlink != 1) {
        close(part->fd);
        part->fd = -1;
        return pb_status_fail(error, PB_FILE, "%s: another transfer writes this file just now",
                              part->name);
    }
    if (!resume)
        return ftruncate(part->fd, 0) == 0 ? PB_OK : fail(part, "cannot be written", error);
    if (status.st_size == 0)
        return copy_old(part, error);
    part->have = (uint64_t)status.st_size;
    return lseek(part->fd, 0, SEEK_END) >= 0 ? PB_OK : fail(part, "cannot be written", error);
}

int ftp_part_open(struct ftp_part *part, int folder, const char *name, bool resume,
                  struct pb_error *error)
{
    struct stat old;
    *part = (struct ftp_part){.folder = -1, .fd = -1};
    if (snprintf(part->name, sizeof part->name, "%s", name) >= (int)sizeof part->name)
        return pb_status_fail(error, PB_FILE, "a name of %zu bytes is too long for this computer",
                              strlen(name));
    hide(part->hidden, name);
    part->folder = fcntl(folder, F_DUPFD_CLOEXEC, 3);
    if (part->folder < 0)
        return fail(part, "cannot be written", error);
    mode_t mask = umask(0);
    umask(mask);
    part->mode = 0666 & ~mask;
    if (fstatat(part->folder, name, &old, AT_SYMLINK_NOFOLLOW) == 0) {
        if (S_ISDIR(old.st_mode))
            return pb_status_fail(error, PB_FILE, "%s is a folder here", name);
        if (S_ISREG(old.st_mode))
            part->mode = old.st_mode & 0777;
        /* A link to a file is replaced; one to a device (/dev/stdout) stays, and is written to. */
        bool link = S_ISLNK(old.st_mode) && fstatat(part->folder, name, &old, 0) == 0;
        if (S_ISCHR(old.st_mode) || S_ISFIFO(old.st_mode)) {
            part->direct = true;
            part->fd = openat(part->folder, name,
                              O_WRONLY | O_CLOEXEC | O_NOCTTY | (link ? 0 : O_NOFOLLOW));
            return part->fd >= 0 ? PB_OK : fail(part, "cannot be written", error);
        }
    }
    return open_hidden(part, resume, error);
}

int ftp_part_write(struct ftp_part *part, const void *data, size_t size, struct pb_error *error)
{
    const char *from = data;
    while (size > 0) {
        ssize_t done = write(part->fd, from, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return fail(part, "cannot be written", error);
        from += done;
        size -= (size_t)done;
    }
    return PB_OK;
}

int ftp_part_finish(struct ftp_part *part, int64_t time, struct pb_error *error)
{
    if (part->direct)
        return PB_OK;
    if (fchmod(part->fd, part->mode) < 0)
        return fail(part, "cannot get its permissions", error);
    if (time >= 0) {
        struct timespec when[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = time}};
        (void)futimens(part->fd, when); /* a file system without times is no reason to fail */
    }
    if (renameat(part->folder, part->hidden, part->folder, part->name) < 0)
        return fail(part, "cannot get its name", error);
    part->direct = true; /* it is not ours any more */
    return PB_OK;
}

bool ftp_part_close(struct ftp_part *part, bool drop)
{
    struct stat status;
    bool kept = false;
    if (part->fd >= 0 && !part->direct) {
        kept = !drop && fstat(part->fd, &status) == 0 && status.st_size > 0;
        if (!kept)
            unlinkat(part->folder, part->hidden, 0);
    }
    if (part->fd >= 0)
        close(part->fd);
    if (part->folder >= 0)
        close(part->folder);
    part->fd = part->folder = -1;
    return kept;
}
