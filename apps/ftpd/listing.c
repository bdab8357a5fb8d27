/* From a folder to lines. The looks of a line are in facts.c. */
#include "listing.h"

#include "facts.h"
#include "root_at.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_SIZE (FTP_PATH_MAX + FTP_NAME_MAX + 256)

/* The argument is a pattern: its last part is kept as such, the rest is the folder. */
static enum ftp_error open_pattern(struct ftp_listing *listing, const char *cwd,
                                   const char *argument)
{
    const char *slash = strrchr(argument, '/'), *last = slash ? slash + 1 : argument;
    if (!ftp_glob_is(last))
        return FTP_NOT_THERE;
    if (!ftp_glob_good(last))
        return FTP_BAD_PATTERN;
    snprintf(listing->pattern, sizeof listing->pattern, "%s", last);
    if ((size_t)snprintf(listing->shown, sizeof listing->shown, "%.*s", (int)(last - argument),
                         argument) >= sizeof listing->shown)
        return FTP_BAD_NAME;
    return ftp_root_join(listing->path, cwd, listing->shown);
}

static bool can(int folder, const char *name, int what)
{
    return faccessat(folder, name, what, AT_EACCESS) == 0;
}

enum ftp_error ftp_listing_open(struct ftp_listing *listing, const struct ftp_root *root,
                                const char *cwd, const char *argument, enum ftp_listing_form form,
                                unsigned facts)
{
    struct stat status;
    int fd = -1;
    *listing = (struct ftp_listing){.root = root, .form = form, .facts = facts, .now = time(NULL)};
    enum ftp_error result = ftp_root_join(listing->path, cwd, argument);
    if (result == FTP_OK)
        result = ftp_root_stat(root, listing->path, &status);
    if (result == FTP_OK && !S_ISDIR(status.st_mode)) {
        snprintf(listing->shown, sizeof listing->shown, "%s", argument);
        return form == FTP_LISTING_MLSD ? FTP_NOT_A_FOLDER : FTP_OK;
    }
    if (result == FTP_NOT_THERE && form != FTP_LISTING_MLSD)
        result = open_pattern(listing, cwd, argument);
    if (result == FTP_OK)
        result = ftp_root_folder(root, listing->path, &fd);
    if (result != FTP_OK)
        return result;
    listing->writable = !root->read_only && can(fd, ".", W_OK | X_OK);
    listing->folder = fdopendir(fd);
    if (!listing->folder) {
        close(fd);
        return FTP_FAILED;
    }
    return FTP_OK;
}

void ftp_listing_close(struct ftp_listing *listing)
{
    if (listing->folder)
        closedir(listing->folder);
    listing->folder = NULL;
}

/* Control bytes in a name: replaced where people read; false where programs read. */
static bool made_harmless(char *name, bool replace)
{
    bool harmless = true;
    for (; *name; name++) {
        if ((unsigned char)*name >= ' ' && *name != 0x7f)
            continue;
        harmless = false;
        if (replace)
            *name = '?';
    }
    return harmless || replace;
}

/* What an entry is. False: it is gone, or a link that leads nowhere. */
static bool look_at(const struct ftp_listing *listing, const struct dirent *entry,
                    struct ftp_looked *looked)
{
    char path[FTP_PATH_MAX];
    int folder = dirfd(listing->folder);
    looked->folder_link = false;
    looked->link = entry->d_type == DT_LNK;
    if (!looked->link) {
        if (listing->form == FTP_LISTING_NLST && entry->d_type != DT_UNKNOWN)
            return true; /* the name is enough */
        if (fstatat(folder, entry->d_name, &looked->status, AT_SYMLINK_NOFOLLOW) < 0)
            return false;
        looked->link = S_ISLNK(looked->status.st_mode);
    }
    if (!looked->link)
        return true;
    if (ftp_root_join(path, listing->path, entry->d_name) != FTP_OK ||
        ftp_root_stat(listing->root, path, &looked->status) != FTP_OK)
        return false;
    looked->folder_link = S_ISDIR(looked->status.st_mode);
    return true;
}

/* 1: a line was sent, 0: nothing to be shown, -1: the taker wants no more. */
static int send_line(const struct ftp_listing *listing, const struct ftp_looked *looked,
                     const char *given, ftp_listing_put *put, void *context)
{
    char line[LINE_MAX_SIZE], name[FTP_PATH_MAX];
    snprintf(name, sizeof name, "%s", given);
    if (!made_harmless(name, listing->form == FTP_LISTING_LIST))
        return 0;
    size_t size = 0;
    if (listing->form == FTP_LISTING_LIST)
        size = ftp_facts_long(line, sizeof line, looked, listing->now);
    else if (listing->form == FTP_LISTING_MLSD)
        size = ftp_facts_write(line, sizeof line, looked, listing->facts);
    else if (listing->folder)
        size = (size_t)snprintf(line, sizeof line, "%s", listing->shown);
    int more = snprintf(line + size, sizeof line - size, "%s\r\n", name);
    if (more < 0 || (size_t)more >= sizeof line - size)
        return 0;
    return put(context, line, size + (size_t)more) == 0 ? 1 : -1;
}

enum ftp_error ftp_listing_send(struct ftp_listing *listing, ftp_listing_put *put, void *context,
                                uint64_t *lines)
{
    struct ftp_looked looked = {.writable = listing->writable,
                                .read_only = listing->root->read_only};
    uint64_t sent = 0;
    int result = 0;
    if (!listing->folder) {
        if (ftp_root_stat(listing->root, listing->path, &looked.status) != FTP_OK)
            return FTP_NOT_THERE; /* since a moment ago */
        result = send_line(listing, &looked, listing->shown, put, context);
        sent = result > 0;
    }
    while (listing->folder && result >= 0) {
        errno = 0;
        const struct dirent *entry = readdir(listing->folder);
        if (!entry && errno)
            return ftp_error_of(errno);
        if (!entry)
            break;
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || ftp_root_hidden(name) ||
            (listing->pattern[0] && !ftp_glob_match(listing->pattern, name)) ||
            !look_at(listing, entry, &looked))
            continue;
        looked.folder = dirfd(listing->folder);
        looked.name = name;
        result = send_line(listing, &looked, name, put, context);
        sent += result > 0;
    }
    if (lines)
        *lines = sent;
    return result < 0 ? FTP_STOPPED : FTP_OK;
}

enum ftp_error ftp_listing_one(const struct ftp_root *root, const char *cwd, const char *argument,
                               unsigned facts, ftp_listing_put *put, void *context)
{
    char path[FTP_PATH_MAX], name[FTP_NAME_MAX + 1], line[LINE_MAX_SIZE];
    struct ftp_looked looked = {.read_only = root->read_only, .folder = -1};
    struct stat own;
    enum ftp_error result = ftp_root_join(path, cwd, argument);
    if (result == FTP_OK)
        result = ftp_root_stat(root, path, &looked.status);
    if (result != FTP_OK)
        return result;
    /* "/" has no parent that could be written, "a/.." none that is worth the search. */
    if (ftp_root_parent(root, path, &looked.folder, name) == FTP_OK) {
        looked.name = name;
        looked.writable = !root->read_only && can(looked.folder, ".", W_OK | X_OK);
        looked.link =
            fstatat(looked.folder, name, &own, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(own.st_mode);
    } else {
        looked.link = true;
    }
    size_t size = ftp_facts_write(line, sizeof line, &looked, facts);
    if (looked.folder >= 0)
        close(looked.folder);
    snprintf(line + size, sizeof line - size, "%s", argument[0] ? argument : path);
    if (!made_harmless(line + size, false))
        return FTP_BAD_NAME;
    size = strlen(line);
    memcpy(line + size, "\r\n", 3);
    return put(context, line, size + 2) == 0 ? FTP_OK : FTP_STOPPED;
}
