/* put, reput, mput: files to the server. */
#include "shell.h"

#include "list.h"
#include "options.h"
#include "store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEEP = 64 };

struct putting {
    struct ftp_shell *shell;
    bool resume, preserve, recursive;
    int result;
    bool stopped;
};

static void wrong(struct putting *putting, int status, const struct pb_error *why)
{
    putting->stopped |= ftp_shell_stops(putting->shell, &putting->result, status, why);
}

static void put_file(struct putting *putting, int folder, const char *from, bool follow,
                     const char *to)
{
    struct pb_error why = {0};
    struct ftp_store store = {.folder = folder,
                              .from = from,
                              .follow = follow,
                              .to = to,
                              .resume = putting->resume,
                              .preserve = putting->preserve};
    int result = ftp_store_run(putting->shell->remote, &store, &why);
    wrong(putting, result, &why);
}

static void put_folder(struct putting *putting, int folder, const char *from, bool follow,
                       const char *to, int depth);

static void put_entry(struct putting *putting, int inside, const char *name, const char *to,
                      int depth)
{
    struct pb_error why = {0};
    struct stat status;
    char *path = ftp_list_join(to, name);
    if (!path)
        wrong(putting, pb_status_fail(&why, PB_SYSTEM, "no memory for a name"), &why);
    else if (fstatat(inside, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        wrong(putting, pb_status_fail(&why, PB_FILE, "%s: %s", path, strerror(errno)), &why);
    else if (S_ISDIR(status.st_mode))
        put_folder(putting, inside, name, false, path, depth + 1);
    else if (S_ISREG(status.st_mode))
        put_file(putting, inside, name, false, path);
    else
        wrong(putting,
              pb_status_fail(&why, PB_FILE, "%s is %s: not sent", path,
                             S_ISLNK(status.st_mode) ? "a link" : "neither file nor folder"),
              &why);
    free(path);
}

static void put_folder(struct putting *putting, int folder, const char *from, bool follow,
                       const char *to, int depth)
{
    struct pb_error why = {0};
    int fd = openat(folder, from, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW));
    DIR *inside = fd >= 0 ? fdopendir(fd) : NULL;
    if (!inside || depth > DEEP) {
        wrong(putting,
              pb_status_fail(&why, PB_FILE, "%s: %s", from,
                             inside ? "too many folders in folders" : strerror(errno)),
              &why);
        if (inside)
            closedir(inside);
        else if (fd >= 0)
            close(fd);
        return;
    }
    int result = ftp_remote_ask(putting->shell->remote, to, &why, "MKD %s", to);
    struct ftp_facts facts = {0};
    struct pb_error absent = {0};
    bool there = result == PB_REFUSED &&
                 ftp_list_one(putting->shell->remote, to, &facts, &absent) == PB_OK &&
                 facts.type == FTP_FACTS_FOLDER; /* refused because it is there already */
    if (result != PB_OK && !there) {
        wrong(putting, result, &why);
        closedir(inside);
        return;
    }
    for (struct dirent *entry; !putting->stopped && (entry = readdir(inside));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            put_entry(putting, dirfd(inside), entry->d_name, to, depth);
    closedir(inside);
}

/* One path of this computer to the server's `to`. */
static void put_path(struct putting *putting, const char *from, const char *to)
{
    struct stat status;
    if (putting->recursive && stat(from, &status) == 0 && S_ISDIR(status.st_mode))
        put_folder(putting, AT_FDCWD, from, true, to, 0);
    else
        put_file(putting, AT_FDCWD, from, true, to);
}

/* into: a folder of the server ("" is the working one), or, if exact, the name itself. */
static void put_word(struct putting *putting, const char *word, const char *into, bool exact)
{
    struct pb_error why = {0};
    glob_t found = {0};
    int failed = glob(word, GLOB_TILDE, NULL, &found);
    if (failed) {
        wrong(putting,
              pb_status_fail(&why, PB_FILE,
                             failed == GLOB_NOMATCH ? "%s: there is no such file here"
                                                    : "%s: cannot be read",
                             word),
              &why);
    } else if (exact && found.gl_pathc > 1) {
        wrong(putting,
              pb_status_fail(&why, PB_USAGE, "%zu files cannot all be called %s: name a folder",
                             found.gl_pathc, into),
              &why);
    } else {
        for (size_t i = 0; i < found.gl_pathc && !putting->stopped; i++) {
            char base[NAME_MAX + 1], *to;
            why = (struct pb_error){0};
            if (exact)
                put_path(putting, found.gl_pathv[i], into);
            else if (!ftp_shell_base(found.gl_pathv[i], base))
                wrong(putting,
                      pb_status_fail(&why, PB_USAGE, "%s: what shall it be called there?",
                                     found.gl_pathv[i]),
                      &why);
            else if ((to = ftp_list_join(into, base))) {
                put_path(putting, found.gl_pathv[i], to);
                free(to);
            }
        }
    }
    globfree(&found);
}

/* Is it a folder of the server? */
static bool is_folder(struct ftp_shell *shell, const char *path)
{
    struct ftp_facts facts;
    size_t size = strlen(path);
    if (size > 0 && path[size - 1] == '/')
        return true;
    return ftp_list_one(shell->remote, path, &facts, NULL) == PB_OK &&
           facts.type == FTP_FACTS_FOLDER;
}

static int put(struct ftp_shell *shell, const struct ftp_asked *asked, bool resume, bool many,
               struct pb_error *error)
{
    struct putting putting = {.shell = shell,
                              .resume = resume,
                              .preserve = ftp_asked_for(asked, 'p'),
                              .recursive = ftp_asked_for(asked, 'r')};
    char *target = !many && asked->count > 1 ? asked->word[1] : NULL;
    if (target)
        ftp_words_plain(target);
    if (target && strpbrk(target, "\r\n"))
        return pb_status_fail(error, PB_USAGE,
                              "a name with a line break in it cannot be sent: nothing was");
    bool folder = !target || is_folder(shell, target);
    for (int i = 0; i < (many ? asked->count : 1) && !putting.stopped; i++)
        put_word(&putting, asked->word[i], target ? target : "", !folder);
    return ftp_shell_said(putting.result, error);
}

int ftp_act_put(struct ftp_shell *shell, const struct ftp_asked *asked, struct pb_error *error)
{
    return put(shell, asked, false, false, error);
}

int ftp_act_reput(struct ftp_shell *shell, const struct ftp_asked *asked, struct pb_error *error)
{
    return put(shell, asked, true, false, error);
}

int ftp_act_mput(struct ftp_shell *shell, const struct ftp_asked *asked, struct pb_error *error)
{
    return put(shell, asked, false, true, error);
}
