/* Marks, and what is done about those that a killed process left. */
#include "mark.h"

#include "root_at.h"
#include "upload.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define TRIES       64
#define SWEEP_DEPTH 64 /* folders below folders */
#define LONE_PART_AGE                                                                              \
    (24 * 60 * 60) /* seconds; a part without a mark comes from a copied folder                    \
                    */
#define NOTE_MAX (FTP_MARK_NAME_MAX + 8 + FTP_NAME_MAX)

/* FNV-1a. Two names with one hash wait for each other; nothing worse. */
static void name_of(char name[FTP_MARK_NAME_MAX], const char *target)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *target; target++)
        hash = (hash ^ (unsigned char)*target) * UINT64_C(0x100000001b3);
    snprintf(name, FTP_MARK_NAME_MAX, ".pb-%016" PRIx64 ".name", hash);
}

/* True if the name in the folder is this opened file. */
static bool is_still(int fd, int folder, const char *name)
{
    struct stat own, there;
    return fstat(fd, &own) == 0 && fstatat(folder, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
           own.st_dev == there.st_dev && own.st_ino == there.st_ino;
}

int ftp_mark_publish(int folder, const char *part, const char *target)
{
    struct stat status;
    int result = renameat2(folder, part, folder, target, RENAME_NOREPLACE);
    if (result < 0 && errno == EINVAL && /* NFS cannot: then almost as well */
        fstatat(folder, target, &status, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
        result = renameat(folder, part, folder, target);
    return result;
}

void ftp_mark_settle(int folder, const char *part, const char *target, bool keep)
{
    struct stat status;
    if (keep && fstatat(folder, part, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISREG(status.st_mode) && status.st_size > 0 &&
        ftp_mark_publish(folder, part, target) == 0)
        return;
    unlinkat(folder, part, 0);
}

/* A note is the part's name, "keep" or "drop", and the target's name, which may hold any byte: so
 * it is the last. */
static void follow_note(int fd, int folder)
{
    char note[NOTE_MAX + 1], part[FTP_MARK_NAME_MAX], what[8];
    int start = 0;
    ssize_t size = pread(fd, note, sizeof note - 1, 0);
    note[size > 0 ? size : 0] = 0;
    if (sscanf(note, "%31[^\n]%*1[\n]%7[a-z]%n", part, what, &start) != 2 || note[start] != '\n' ||
        !ftp_root_hidden(part))
        return;
    const char *target = note + start + 1;
    bool good = *target && !strchr(target, '/') && strcmp(target, ".") != 0 &&
                strcmp(target, "..") != 0 && !ftp_root_hidden(target);
    ftp_mark_settle(folder, part, target, good && strcmp(what, "keep") == 0);
}

/* FTP_OK: the mark is gone, or was never there. */
static enum ftp_error put_in_order(int folder, const char *name)
{
    enum ftp_error result = FTP_OK;
    int fd = openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? FTP_OK : ftp_error_of(errno);
    if (flock(fd, LOCK_EX | LOCK_NB) < 0)
        result = errno == EWOULDBLOCK ? FTP_BUSY : ftp_error_of(errno);
    else if (is_still(fd, folder, name)) {
        follow_note(fd, folder);
        if (unlinkat(folder, name, 0) < 0)
            result = ftp_error_of(errno);
    }
    close(fd);
    return result;
}

enum ftp_error ftp_mark_take(struct ftp_mark *mark, int folder, const char *target)
{
    mark->part[0] = 0;
    name_of(mark->name, target);
    for (int i = 0; i < TRIES; i++) {
        mark->fd =
            openat(folder, mark->name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (mark->fd >= 0 && flock(mark->fd, LOCK_EX | LOCK_NB) == 0 &&
            is_still(mark->fd, folder, mark->name))
            return FTP_OK;
        if (mark->fd >= 0) { /* another one put it in order before it was locked */
            close(mark->fd);
            mark->fd = -1;
            continue;
        }
        enum ftp_error result =
            errno == EEXIST ? put_in_order(folder, mark->name) : ftp_error_of(errno);
        if (result != FTP_OK)
            return result;
    }
    return FTP_BUSY;
}

enum ftp_error ftp_mark_note(struct ftp_mark *mark, const char *target, bool keep)
{
    char note[NOTE_MAX + 1];
    uint64_t random;
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        return FTP_FAILED;
    snprintf(mark->part, sizeof mark->part, ".pb-%016" PRIx64 ".part", random);
    int size =
        snprintf(note, sizeof note, "%s\n%s\n%s", mark->part, keep ? "keep" : "drop", target);
    ssize_t written = pwrite(mark->fd, note, (size_t)size, 0);
    if (written == size)
        return FTP_OK;
    return written < 0 ? ftp_error_of(errno) : FTP_DISK_FULL;
}

void ftp_mark_drop(struct ftp_mark *mark, int folder)
{
    if (mark->fd < 0)
        return;
    if (is_still(mark->fd, folder, mark->name))
        unlinkat(folder, mark->name, 0);
    close(mark->fd);
    mark->fd = -1;
}

void ftp_upload_rescue(const struct ftp_root *root, const char *path)
{
    char target[FTP_NAME_MAX + 1], name[FTP_MARK_NAME_MAX];
    int folder = -1;
    if (!root->read_only && ftp_root_parent(root, path, &folder, target) == FTP_OK) {
        name_of(name, target);
        put_in_order(folder, name); /* what somebody is writing stays as it is */
    }
    if (folder >= 0)
        close(folder);
}

/* ---- everything below the root ---- */

static unsigned sweep_folder(int fd, int depth);

static unsigned sweep_entry(int folder, const struct dirent *entry, int depth)
{
    struct stat status;
    size_t size = strlen(entry->d_name);
    if (ftp_root_hidden(entry->d_name)) {
        if (strcmp(entry->d_name + size - 5, ".name") == 0)
            return put_in_order(folder, entry->d_name) == FTP_OK;
        return fstatat(folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
               S_ISREG(status.st_mode) && status.st_mtime < time(NULL) - LONE_PART_AGE &&
               unlinkat(folder, entry->d_name, 0) == 0;
    }
    if ((entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN) ||
        strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
        return 0;
    return sweep_folder(
        openat(folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), depth + 1);
}

/* Owns fd. */
static unsigned sweep_folder(int fd, int depth)
{
    unsigned count = 0;
    DIR *folder = fd >= 0 && depth < SWEEP_DEPTH ? fdopendir(fd) : NULL;
    if (!folder) {
        if (fd >= 0)
            close(fd);
        return 0;
    }
    for (const struct dirent *entry; (entry = readdir(folder));)
        count += sweep_entry(fd, entry, depth);
    closedir(folder);
    return count;
}

unsigned ftp_upload_sweep(const struct ftp_root *root)
{
    int fd;
    if (root->read_only || ftp_root_folder(root, "/", &fd) != FTP_OK)
        return 0;
    return sweep_folder(fd, 0);
}
