/* Names, from the client's text to a descriptor. Everything goes through ftp_root_at, which alone
 * calls openat2. */
#include "root.h"

#include "root_at.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TRIES        64 /* EAGAIN: somebody moves folders while the kernel walks them */
#define HIDDEN_START ".pb-"

int ftp_root_at(const struct ftp_root *root, const char *path, int flags)
{
    struct open_how how = {
        .flags =
            (uint64_t)(flags | O_CLOEXEC |
                       (flags & O_PATH ? 0
                                       : O_NOCTTY)), /* openat2 refuses what would have no effect */
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    int fd = -1;
    for (int i = 0; i < TRIES; i++)
        if ((fd = (int)syscall(SYS_openat2, root->fd, path, &how, sizeof how)) >= 0 ||
            (errno != EAGAIN && errno != EINTR))
            break;
    return fd;
}

int ftp_root_open(struct ftp_root *root, const char *folder, bool read_only, struct pb_error *error)
{
    root->read_only = read_only;
    root->fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root->fd < 0)
        return pb_status_fail(error, PB_FILE, "the folder %s cannot be served: %s", folder,
                              strerror(errno));
    int probe = ftp_root_at(root, ".", O_PATH | O_DIRECTORY);
    if (probe < 0) {
        int why = errno;
        ftp_root_close(root);
        if (why == ENOSYS)
            return pb_status_fail(error, PB_SYSTEM,
                                  "this kernel has no openat2, which keeps clients below %s: Linux "
                                  "5.6 or newer is needed",
                                  folder);
        return pb_status_fail(error, PB_SYSTEM, "the folder %s cannot be served: openat2: %s",
                              folder, strerror(why));
    }
    close(probe);
    return PB_OK;
}

void ftp_root_close(struct ftp_root *root)
{
    if (root->fd >= 0)
        close(root->fd);
    root->fd = -1;
}

enum ftp_error ftp_root_join(char joined[FTP_PATH_MAX], const char *cwd, const char *name)
{
    int size;
    if (name[0] == '/' || cwd[0] == 0)
        size = snprintf(joined, FTP_PATH_MAX, "%s", name[0] ? name : "/");
    else if (name[0] == 0)
        size = snprintf(joined, FTP_PATH_MAX, "%s", cwd);
    else
        size = snprintf(joined, FTP_PATH_MAX, "%s%s%s", cwd, cwd[strlen(cwd) - 1] == '/' ? "" : "/",
                        name);
    return size < FTP_PATH_MAX ? FTP_OK : FTP_BAD_NAME;
}

bool ftp_root_hidden(const char *name)
{
    size_t start = sizeof HIDDEN_START - 1;
    return strncmp(name, HIDDEN_START, start) == 0 &&
           strspn(name + start, "0123456789abcdef") == 16 &&
           (strcmp(name + start + 16, ".part") == 0 || strcmp(name + start + 16, ".name") == 0);
}

/* Where the last part of a path begins, and its size; slashes at the end do not count. */
static const char *last_part(const char *path, size_t *size)
{
    const char *end = path + strlen(path);
    while (end > path && end[-1] == '/')
        end--;
    const char *start = end;
    while (start > path && start[-1] != '/')
        start--;
    *size = (size_t)(end - start);
    return start;
}

/* True if the path ends in one of our own hidden files. */
static bool is_ours(const char *path)
{
    size_t size;
    char name[32];
    const char *last = last_part(path, &size);
    if (size >= sizeof name)
        return false;
    memcpy(name, last, size);
    name[size] = 0;
    return ftp_root_hidden(name);
}

enum ftp_error ftp_root_parent(const struct ftp_root *root, const char *path, int *parent,
                               char name[FTP_NAME_MAX + 1])
{
    char folder[FTP_PATH_MAX];
    size_t size;
    const char *last = last_part(path, &size);
    *parent = -1;
    if (size > FTP_NAME_MAX || (size_t)(last - path) >= sizeof folder - 1)
        return FTP_BAD_NAME;
    memcpy(name, last, size);
    name[size] = 0;
    if (size == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || ftp_root_hidden(name))
        return FTP_BAD_NAME;
    snprintf(folder, sizeof folder, "%.*s.", (int)(last - path), path);
    *parent = ftp_root_at(root, folder, O_PATH | O_DIRECTORY);
    return *parent < 0 ? ftp_error_of(errno) : FTP_OK;
}

/* The path in the words of the kernel, "/srv/ftp/sub". */
static bool called(int folder, char path[FTP_PATH_MAX])
{
    return fchdir(folder) == 0 && syscall(SYS_getcwd, path, FTP_PATH_MAX) > 0 && path[0] == '/';
}

static bool same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

enum ftp_error ftp_root_enter(const struct ftp_root *root, const char *path,
                              char canonical[FTP_PATH_MAX])
{
    char top[FTP_PATH_MAX], here[FTP_PATH_MAX];
    struct stat wanted, found;
    enum ftp_error result = FTP_OK;
    int fd = ftp_root_at(root, path, O_PATH | O_DIRECTORY), again = -1;
    if (fd < 0 || fstat(fd, &wanted) < 0 || faccessat(fd, ".", X_OK, AT_EACCESS) < 0) {
        result = ftp_error_of(errno);
        goto out;
    }
    /* The text is only good if it leads to the same folder; else (moved meanwhile, reached through
     * a mount) the client's own is. */
    if (called(fd, here) && called(root->fd, top)) {
        size_t size = strcmp(top, "/") == 0 ? 0 : strlen(top);
        if (strncmp(here, top, size) == 0 && (here[size] == '/' || here[size] == 0)) {
            snprintf(canonical, FTP_PATH_MAX, "%s", here[size] ? here + size : "/");
            again = ftp_root_at(root, canonical, O_PATH | O_DIRECTORY);
            if (again >= 0 && fstat(again, &found) == 0 && same(&wanted, &found))
                goto out;
        }
    }
    if ((size_t)snprintf(canonical, FTP_PATH_MAX, "%s", path) >= FTP_PATH_MAX)
        result = FTP_BAD_NAME;
out:
    if (again >= 0)
        close(again);
    if (fd >= 0)
        close(fd);
    return result;
}

/* ---- reading ---- */

/* An O_PATH descriptor: nothing happens to what is found, a device is not woken. */
static enum ftp_error look(const struct ftp_root *root, const char *path, int *fd,
                           struct stat *status)
{
    *fd = is_ours(path) ? -1 : ftp_root_at(root, path, O_PATH);
    if (*fd < 0)
        return is_ours(path) ? FTP_NOT_THERE : ftp_error_of(errno);
    return fstat(*fd, status) < 0 ? ftp_error_of(errno) : FTP_OK;
}

enum ftp_error ftp_root_stat(const struct ftp_root *root, const char *path, struct stat *status)
{
    int fd;
    enum ftp_error result = look(root, path, &fd, status);
    if (fd >= 0)
        close(fd);
    return result;
}

enum ftp_error ftp_root_read(const struct ftp_root *root, const char *path, int *fd,
                             struct stat *status)
{
    struct stat own;
    status = status ? status : &own;
    *fd = -1;
    enum ftp_error result = ftp_root_stat(root, path, status);
    if (result != FTP_OK)
        return result;
    if (!S_ISREG(status->st_mode))
        return FTP_NOT_A_FILE;
    *fd = ftp_root_at(
        root, path,
        O_RDONLY | O_NONBLOCK); /* it may be another file by now: not to wait, and to look again */
    if (*fd < 0)
        return ftp_error_of(errno);
    if (fstat(*fd, status) == 0 && S_ISREG(status->st_mode))
        return FTP_OK;
    close(*fd);
    *fd = -1;
    return FTP_NOT_A_FILE;
}

enum ftp_error ftp_root_folder(const struct ftp_root *root, const char *path, int *fd)
{
    *fd = ftp_root_at(root, path, O_RDONLY | O_DIRECTORY);
    return *fd < 0 ? ftp_error_of(errno) : FTP_OK;
}

enum ftp_error ftp_root_space(const struct ftp_root *root, const char *path, uint64_t *bytes)
{
    char name[FTP_NAME_MAX + 1];
    struct statfs disk;
    enum ftp_error result = FTP_OK;
    int fd = ftp_root_at(root, path, O_PATH);
    if (fd < 0)
        result = ftp_root_parent(root, path, &fd, name);
    if (result == FTP_OK && fstatfs(fd, &disk) < 0)
        result = ftp_error_of(errno);
    if (result == FTP_OK)
        *bytes = (uint64_t)disk.f_bavail * (uint64_t)disk.f_bsize;
    if (fd >= 0)
        close(fd);
    return result;
}
