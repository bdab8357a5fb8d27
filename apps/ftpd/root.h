/* The folder below which everything happens. Every name is resolved by the kernel, openat2(2) with
 * RESOLVE_IN_ROOT: "/", ".." and links are taken as if the root were the whole machine, without a
 * race, so no function here looks for dots in a string. A link that points outside leads nowhere,
 * and what leads nowhere does not exist for the client.
 *
 * Paths are the client's: absolute ("/a/b"), bytes as they came, at most FTP_PATH_MAX - 1. What
 * writes opens the parent and works on the last part of the path alone, which is never followed if
 * it is a link (FTP_A_LINK). The hidden files of uploads (upload.h) can be neither read nor named.
 */
#ifndef PLUGBOARD_FTP_ROOT_H
#define PLUGBOARD_FTP_ROOT_H

#include "error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#define FTP_PATH_MAX 4096 /* with the NUL */
#define FTP_NAME_MAX 255  /* without */

struct ftp_root {
    int fd;         /* O_PATH; -1: none */
    bool read_only; /* whatever would change something is FTP_READ_ONLY */
};

/* Opens the folder (a path of this machine). Refuses in words if the kernel has no openat2
 * (Linux 5.6), if the folder is not there or not a folder. Does not need to be below Landlock's
 * folder, but is best opened before the process is confined. */
int ftp_root_open(struct ftp_root *root, const char *folder, bool read_only,
                  struct pb_error *error) PB_CHECKED;
void ftp_root_close(struct ftp_root *root);

/* joined = name if that is absolute, else cwd + "/" + name. Nothing is resolved. An empty name is
 * the cwd. FTP_BAD_NAME: too long. */
enum ftp_error ftp_root_join(char joined[FTP_PATH_MAX], const char *cwd,
                             const char *name) PB_CHECKED;

/* CWD: opens the folder and says what it is called, without "..", "." or links. Changes the working
 * directory of this process, which nothing else may use. */
enum ftp_error ftp_root_enter(const struct ftp_root *root, const char *path,
                              char canonical[FTP_PATH_MAX]) PB_CHECKED;

/* ---- reading ---- */

/* Of what the path leads to; links inside the root are followed. */
enum ftp_error ftp_root_stat(const struct ftp_root *root, const char *path,
                             struct stat *status) PB_CHECKED;

/* Opens a regular file for reading, and nothing else: a FIFO or a device is FTP_NOT_A_FILE at once.
 * status may be NULL. */
enum ftp_error ftp_root_read(const struct ftp_root *root, const char *path, int *fd,
                             struct stat *status) PB_CHECKED;

/* Opens a folder for reading. */
enum ftp_error ftp_root_folder(const struct ftp_root *root, const char *path, int *fd) PB_CHECKED;

/* Bytes that this user may still write to the disk on which the path is (or its parent, if it is
 * not there yet). */
enum ftp_error ftp_root_space(const struct ftp_root *root, const char *path,
                              uint64_t *bytes) PB_CHECKED;

/* ---- writing ---- */

enum ftp_error ftp_root_mkdir(const struct ftp_root *root, const char *path) PB_CHECKED;
enum ftp_error ftp_root_rmdir(const struct ftp_root *root, const char *path) PB_CHECKED;
enum ftp_error ftp_root_unlink(const struct ftp_root *root,
                               const char *path) PB_CHECKED; /* a folder is FTP_NOT_A_FILE */
enum ftp_error ftp_root_rename(const struct ftp_root *root, const char *from,
                               const char *to) PB_CHECKED;
enum ftp_error ftp_root_chmod(const struct ftp_root *root, const char *path,
                              mode_t mode) PB_CHECKED; /* only the lowest 9 bits count */
enum ftp_error ftp_root_touch(const struct ftp_root *root, const char *path,
                              struct timespec modified) PB_CHECKED;

/* ---- for upload.c and listing.c ---- */

/* Opens the folder in which the last part of the path is, and copies that part. FTP_BAD_NAME: it is
 * "", ".", "..", longer than FTP_NAME_MAX or one of ours; "a/" is "a". */
enum ftp_error ftp_root_parent(const struct ftp_root *root, const char *path, int *parent,
                               char name[FTP_NAME_MAX + 1]) PB_CHECKED;

/* ".pb-", 16 hexadecimal digits, ".part" or ".name": a file of an upload that is under way. */
bool ftp_root_hidden(const char *name);

#endif
