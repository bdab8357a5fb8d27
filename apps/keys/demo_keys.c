/* plugboard demo-keys: a writable copy of the ready-made keys. */
#include "command.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 3 };

static error_t parse(int key, char *value, struct argp_state *state)
{
    const char **folder = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (*folder)
            argp_error(state, "one folder is enough: '%s' is too much", value);
        if (!*value)
            argp_error(state, "the name of the folder is empty");
        *folder = value;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "where to? (a folder that is not there yet)");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "DIR",
    .doc = "Copy the ready-made keys to a new folder DIR: server, alice, bob and mallory, with "
           "pairs for the "
           "five ciphers; mallory is not on the server's list.\v"
           "Everybody knows these keys: they are for demonstrations only.\n\n"
           "  plugboard demo-keys demo\n"
           "  plugboard server --keys demo/server\n"
           "  plugboard client --cipher xor --keys demo/alice --name alice",
};

static bool has_keys(const char *folder)
{
    char file[PATH_MAX];
    return snprintf(file, sizeof file, "%s/server/keys.csv", folder) < (int)sizeof file &&
           access(file, R_OK) == 0;
}

/* Where the keys are shipped: beside the program under whatever prefix it was installed, in the
 * source tree it was built from, or where it was to be installed. */
static int find_source(char *source, struct pb_error *error)
{
    char beside[PATH_MAX] = "";
    ssize_t length = readlink("/proc/self/exe", beside, sizeof beside - 1);
    char *slash = length > 0 ? strrchr(beside, '/') : NULL;
    if (slash)
        snprintf(slash, (size_t)(beside + sizeof beside - slash), "/../share/plugboard/keys");
    const char *const candidates[] = {beside, PB_SOURCE_FOLDER "/keys", PB_DATA_FOLDER "/keys"};
    for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++)
        if (has_keys(candidates[i]) && realpath(candidates[i], source))
            return PB_OK;
    return pb_status_fail(
        error, PB_NOT_FOUND,
        "the ready-made keys are not there (looked in %.300s, %s and %s): install plugboard again",
        candidates[0], candidates[1], candidates[2]);
}

static int copy_file(int from_folder, int to_folder, const char *name, struct pb_error *error)
{
    char buffer[16384];
    ssize_t got = -1;
    int from = openat(from_folder, name, O_RDONLY | O_CLOEXEC);
    int to = openat(to_folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    while (from >= 0 && to >= 0 && (got = read(from, buffer, sizeof buffer)) > 0)
        if (write(to, buffer, (size_t)got) != got) {
            errno = errno ? errno : ENOSPC;
            got = -1;
            break;
        }
    int reason = errno;
    if (from >= 0)
        close(from);
    if (to >= 0 && close(to) < 0 && got == 0) {
        reason = errno;
        got = -1;
    }
    return got == 0 ? PB_OK
                    : pb_status_fail(error, PB_SYSTEM, "%s cannot be copied: %s", name,
                                     strerror(reason));
}

/* Copies files and folders. Takes both descriptors. */
static int copy_folder(int from, int to, int depth, struct pb_error *error)
{
    int result = PB_OK;
    struct dirent *entry;
    DIR *list = fdopendir(from);
    if (!list) {
        close(from);
        close(to);
        return pb_status_fail(error, PB_SYSTEM, "not enough memory");
    }
    while (result == PB_OK && (entry = readdir(list))) {
        struct stat status;
        if (entry->d_name[0] == '.' || fstatat(from, entry->d_name, &status, 0) < 0)
            continue;
        if (S_ISREG(status.st_mode)) {
            result = copy_file(from, to, entry->d_name, error);
        } else if (S_ISDIR(status.st_mode) && depth < DEPTH_MAX) {
            int below = openat(from, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC), made = -1;
            if (below >= 0 && mkdirat(to, entry->d_name, 0700) == 0)
                made = openat(to, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            if (made < 0) {
                result = pb_status_fail(error, PB_SYSTEM, "%s cannot be copied: %s", entry->d_name,
                                        strerror(errno));
                if (below >= 0)
                    close(below);
            } else {
                result = copy_folder(below, made, depth + 1, error);
            }
        }
    }
    closedir(list);
    close(to);
    return result;
}

/* Takes away an unfinished copy: what is in it was made here. */
static void remove_folder(int parent, const char *name, int depth)
{
    int folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *list = folder >= 0 ? fdopendir(folder) : NULL;
    struct dirent *entry;
    while (list && (entry = readdir(list)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            unlinkat(folder, entry->d_name, 0) < 0 && depth < DEPTH_MAX)
            remove_folder(folder, entry->d_name, depth + 1);
    if (list)
        closedir(list);
    unlinkat(parent, name, AT_REMOVEDIR);
}

/* The copy is made beside the folder and then renamed: it is there whole or not at all, and
 * rename(2) itself refuses a folder that has something in it. */
static int copy_all(const char *source, const char *folder, struct pb_error *error)
{
    char temporary[PATH_MAX];
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/')
        length--;
    if (snprintf(temporary, sizeof temporary, "%.*s.XXXXXX", (int)length, folder) >=
        (int)sizeof temporary)
        return pb_status_fail(error, PB_USAGE, "the name of the folder is too long");
    if (!mkdtemp(temporary))
        return pb_status_fail(error, PB_SYSTEM, "%s cannot be made: %s", folder, strerror(errno));
    int from = open(source, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
        to = open(temporary, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = from >= 0 && to >= 0
                     ? copy_folder(from, to, 0, error)
                     : pb_status_fail(error, PB_SYSTEM, "%s: %s", source, strerror(errno));
    if (result == PB_OK && rename(temporary, folder) < 0)
        result =
            errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR
                ? pb_status_fail(
                      error, PB_FILE,
                      "%s is there already and stays as it is: name a folder that is not", folder)
                : pb_status_fail(error, PB_SYSTEM, "%s cannot be made: %s", folder,
                                 strerror(errno));
    if (result != PB_OK)
        remove_folder(AT_FDCWD, temporary, 0);
    return result;
}

int pb_command_demo_keys(int argc, char **argv)
{
    const char *folder = NULL;
    struct pb_error error = {0};
    char source[PATH_MAX], full[PATH_MAX];
    argp_parse(&argp, argc, argv, 0, NULL, &folder);
    if (find_source(source, &error) != PB_OK || copy_all(source, folder, &error) != PB_OK)
        return pb_options_report("demo-keys", &error);
    if (!realpath(folder, full))
        snprintf(full, sizeof full, "%s", folder);
    pb_options_say("the demonstration keys (known to everybody: never for a secret) are now in %s",
                   full);
    return 0;
}
