/* The search path: from a cipher's name to the file it is in. Runs no code of any plugin. */
#include "plugin.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef PB_PLUGIN_FOLDER
#define PB_PLUGIN_FOLDER "/usr/local/lib/plugboard/ciphers"
#endif
#define SUFFIX ".so"
#define NEAR   2 /* this many slips of the finger are still "did you mean ...?" */

/* ---- the folders ---- */

static int no_memory(struct pb_error *error)
{
    return pb_status_fail(error, PB_SYSTEM, "no memory for the list of plugin folders");
}

/* Appends a folder, by its one true name if it is there, unless it is named already. */
static int add_folder(struct pb_plugin_path *path, const char *folder, struct pb_error *error)
{
    char *name = realpath(folder, NULL);
    if (!name)
        name = strdup(folder);
    if (!name)
        return no_memory(error);
    for (size_t i = 0; i < path->count; i++) {
        if (strcmp(path->folders[i], name) == 0) {
            free(name);
            return PB_OK;
        }
    }
    char **folders = realloc(path->folders, (path->count + 1) * sizeof *folders);
    if (!folders) {
        free(name);
        return no_memory(error);
    }
    path->folders = folders;
    path->folders[path->count++] = name;
    return PB_OK;
}

/* The folders of a colon separated list; empty ones are skipped. */
static int add_list(struct pb_plugin_path *path, const char *list, struct pb_error *error)
{
    char *copy = strdup(list), *rest = copy, *folder;
    int status = copy ? PB_OK : no_memory(error);
    while (status == PB_OK && (folder = strsep(&rest, ":")))
        if (*folder)
            status = add_folder(path, folder, error);
    free(copy);
    return status;
}

/* Beside the executable: EXE/ciphers in a build tree; in an install tree
 * EXE/../lib/plugboard/ciphers, where "lib" is whatever it was at configuration (lib64,
 * lib/x86_64-linux-gnu), so that a moved tree still finds its own. Only those that are there:
 * nobody wants to read of the others. */
static int add_beside_executable(struct pb_plugin_path *path, struct pb_error *error)
{
    static const char installed[] = PB_PLUGIN_FOLDER;
    char folder[PATH_MAX], there[2 * PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", folder, sizeof folder - 1);
    if (length <= 0)
        return PB_OK; /* no /proc: the compiled-in folder is left */
    folder[length] = 0;
    *strrchr(folder, '/') = 0;

    const char *tail = NULL;
    for (const char *next = installed; (next = strstr(next, "/lib")); next++)
        tail = next;
    const char *const places[] = {"/ciphers", "/../lib/plugboard/ciphers", tail};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct stat stat_of;
        if (!places[i])
            continue;
        snprintf(there, sizeof there, "%s%s%s", folder, places[i] == tail ? "/.." : "", places[i]);
        if (stat(there, &stat_of) == 0 && S_ISDIR(stat_of.st_mode) &&
            add_folder(path, there, error) != PB_OK)
            return PB_SYSTEM;
    }
    return PB_OK;
}

int pb_plugin_path_init(struct pb_plugin_path *path, const char *const *given, size_t count,
                        struct pb_error *error)
{
    const char *list = getenv("PLUGBOARD_PLUGINS");
    int status = PB_OK;
    memset(path, 0, sizeof *path);
    for (size_t i = 0; i < count && status == PB_OK; i++)
        status = add_folder(path, given[i], error);
    if (status == PB_OK && list)
        status = add_list(path, list, error);
    if (status == PB_OK)
        status = add_beside_executable(path, error);
    if (status == PB_OK)
        status = add_folder(path, PB_PLUGIN_FOLDER, error);
    if (status != PB_OK)
        pb_plugin_path_free(path);
    return status;
}

void pb_plugin_path_free(struct pb_plugin_path *path)
{
    for (size_t i = 0; i < path->count; i++)
        free(path->folders[i]);
    free(path->folders);
    memset(path, 0, sizeof *path);
}

/* ---- names ---- */

bool pb_plugin_name_valid(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    return length >= 1 && length <= PB_NAME_MAX && name[length] == 0;
}

/* The stem of NAME.so, whatever it is; false if that is not its shape. */
static bool stem_of(const char *base, char *stem, size_t size)
{
    size_t length = strlen(base), suffix = strlen(SUFFIX);
    if (length <= suffix || base[0] == '.' || strcmp(base + length - suffix, SUFFIX) != 0 ||
        length - suffix >= size)
        return false;
    memcpy(stem, base, length - suffix);
    stem[length - suffix] = 0;
    return true;
}

int pb_plugin_name_of(const char *file, char *name, struct pb_error *error)
{
    const char *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file;
    char stem[NAME_MAX + 1], safe[PATH_MAX];
    if (stem_of(base, stem, sizeof stem) && pb_plugin_name_valid(stem)) {
        strcpy(name, stem);
        return PB_OK;
    }
    pb_status_printable(safe, sizeof safe, file, strlen(file));
    return pb_status_fail(error, PB_PLUGIN,
                          "%.700s: a plugin's file is called NAME.so, where NAME is the cipher's "
                          "name: 1 to %d of a-z, 0-9, "
                          "_ and -: rename it",
                          safe, PB_NAME_MAX);
}

/* How many letters must be changed, added, dropped or swapped with a neighbour to make b from a
 * (both at most PB_NAME_MAX). */
static size_t edit_distance(const char *a, const char *b)
{
    size_t table[PB_NAME_MAX + 1][PB_NAME_MAX + 1], rows = strlen(a), columns = strlen(b);
    for (size_t i = 0; i <= rows; i++) {
        for (size_t k = 0; k <= columns; k++) {
            if (i == 0 || k == 0) {
                table[i][k] = i + k;
                continue;
            }
            size_t best = table[i - 1][k - 1] + (a[i - 1] != b[k - 1]);
            if (table[i - 1][k] + 1 < best)
                best = table[i - 1][k] + 1;
            if (table[i][k - 1] + 1 < best)
                best = table[i][k - 1] + 1;
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] &&
                table[i - 2][k - 2] + 1 < best)
                best = table[i - 2][k - 2] + 1;
            table[i][k] = best;
        }
    }
    return table[rows][columns];
}

struct nearest {
    const char *wanted;
    char name[PB_NAME_MAX + 1];
    size_t distance;
};

static int look_nearer(void *context, const char *name, const char *file)
{
    struct nearest *nearest = context;
    size_t distance = edit_distance(nearest->wanted, name);
    (void)file;
    if (distance < nearest->distance) {
        nearest->distance = distance;
        strcpy(nearest->name, name);
    }
    return 0;
}

/* ---- finding ---- */

/* "A, B (no such folder)": what was searched, as much of it as fits. */
static void list_folders(const struct pb_plugin_path *path, char *list, size_t size)
{
    size_t used = 0;
    list[0] = 0;
    for (size_t i = 0; i < path->count; i++) {
        char safe[PATH_MAX];
        const char *remark = access(path->folders[i], F_OK) == 0
                                 ? access(path->folders[i], R_OK) == 0 ? "" : " (not readable)"
                                 : " (no such folder)";
        pb_status_printable(safe, sizeof safe, path->folders[i], strlen(path->folders[i]));
        int wrote = snprintf(list + used, size - used, "%s%s%s", i ? ", " : "", safe, remark);
        if (wrote < 0 || (size_t)wrote >= size - used) {
            snprintf(list + used, size - used, "%s", i ? ", ..." : "...");
            return;
        }
        used += (size_t)wrote;
    }
    if (path->count == 0)
        snprintf(list, size, "no folder at all");
}

static int not_found(const struct pb_plugin_path *path, const char *name, struct pb_error *error)
{
    char folders[600], hint[120] = "";
    struct nearest nearest = {.wanted = name, .distance = NEAR + 1};
    pb_plugin_each(path, look_nearer, &nearest);
    if (nearest.distance <= NEAR && nearest.distance < strlen(name))
        snprintf(hint, sizeof hint, "did you mean %s? ", nearest.name);
    list_folders(path, folders, sizeof folders);
    return pb_status_fail(
        error, PB_PLUGIN,
        "there is no cipher %s: %sSearched for %s" SUFFIX
        " in: %s. (plugboard ciphers lists what is "
        "installed; for a plugin elsewhere give --plugins DIR, or its path with a '/')",
        name, hint, name, folders);
}

static int find_named(const struct pb_plugin_path *path, const char *name, char *file,
                      struct pb_error *error)
{
    for (size_t i = 0; i < path->count; i++) {
        struct stat stat_of;
        int length = snprintf(file, PATH_MAX, "%s/%s" SUFFIX, path->folders[i], name);
        /* lstat: a broken link is found, and loading it says what is wrong with it. */
        if (length > 0 && length < PATH_MAX && lstat(file, &stat_of) == 0)
            return PB_OK;
    }
    return not_found(path, name, error);
}

int pb_plugin_find(const struct pb_plugin_path *path, const char *name_or_file, char *file,
                   struct pb_error *error)
{
    char safe[256];
    pb_status_printable(safe, sizeof safe, name_or_file, strlen(name_or_file));
    if (pb_plugin_name_valid(name_or_file))
        return find_named(path, name_or_file, file, error);
    if (!strchr(name_or_file, '/')) {
        if (access(name_or_file, F_OK) == 0)
            return pb_status_fail(
                error, PB_PLUGIN,
                "'%s' is not the name of a cipher: for the file of that name write ./%s", safe,
                safe);
        return pb_status_fail(error, PB_PLUGIN,
                              "'%s' is not the name of a cipher (1 to %d of a-z, 0-9, _ and -): "
                              "plugboard ciphers lists "
                              "what is installed; a file is given with a '/' in it",
                              safe, PB_NAME_MAX);
    }
    if (strlen(name_or_file) >= PATH_MAX)
        return pb_status_fail(
            error, PB_PLUGIN,
            "the path of a plugin is too long: '%s...' has %zu bytes, at most %d are possible",
            safe, strlen(name_or_file), PATH_MAX - 1);
    strcpy(file, name_or_file);
    struct stat stat_of;
    if (lstat(file, &stat_of) != 0)
        return pb_status_fail(
            error, PB_PLUGIN, "%.700s: %s: is the path right, and has the plugin been compiled?",
            file, errno == ENOENT || errno == ENOTDIR ? "there is no such file" : strerror(errno));
    return PB_OK;
}

/* ---- all of them ---- */

struct found {
    char *name; /* owned; the stem */
    char *file; /* owned */
};

struct list {
    struct found *items;
    size_t count;
};

static void free_list(struct list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].name);
        free(list->items[i].file);
    }
    free(list->items);
}

static bool is_listed(const struct list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].name, name) == 0)
            return true;
    return false;
}

static void add_found(struct list *list, const char *name, const char *folder, const char *base)
{
    struct found *items = realloc(list->items, (list->count + 1) * sizeof *items);
    if (!items)
        return;
    list->items = items;
    struct found *item = &items[list->count];
    item->name = strdup(name);
    if (asprintf(&item->file, "%s/%s", folder, base) < 0)
        item->file = NULL;
    if (item->name && item->file) {
        list->count++;
        return;
    }
    free(item->name);
    free(item->file);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct found *)a)->name, ((const struct found *)b)->name);
}

/* Those whose name is valid, or those whose name is not. */
static int each_file(const struct pb_plugin_path *path, bool valid,
                     int (*each)(void *, const char *, const char *), void *context)
{
    struct list list = {0};
    int result = 0;
    for (size_t i = 0; i < path->count; i++) {
        DIR *folder = opendir(path->folders[i]);
        struct dirent *entry;
        while (folder && (entry = readdir(folder))) {
            char stem[NAME_MAX + 1];
            if (stem_of(entry->d_name, stem, sizeof stem) && pb_plugin_name_valid(stem) == valid &&
                !is_listed(&list, stem))
                add_found(&list, stem, path->folders[i], entry->d_name);
        }
        if (folder)
            closedir(folder);
    }
    if (list.count)
        qsort(list.items, list.count, sizeof *list.items, by_name);
    for (size_t i = 0; i < list.count && result == 0; i++)
        result = each(context, list.items[i].name, list.items[i].file);
    free_list(&list);
    return result;
}

int pb_plugin_each(const struct pb_plugin_path *path,
                   int (*each)(void *context, const char *name, const char *file), void *context)
{
    return each_file(path, true, each, context);
}

int pb_plugin_each_misnamed(const struct pb_plugin_path *path,
                            int (*each)(void *context, const char *name, const char *file),
                            void *context)
{
    return each_file(path, false, each, context);
}
