/* Descriptors, limits and Landlock. Each layer alone would do against an accident; together they
 * are for a plugin that tries. */
#include "confine.h"

#include "options.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MEMORY_LIMIT                                                                               \
    (512u << 20) /* address space of a session: eight times what the largest honest one needs */
#define DESCRIPTOR_LIMIT 64

#ifdef __SANITIZE_ADDRESS__ /* it maps terabytes, and calls what no plugin needs */
#define UNDER_SANITIZER 1
#else
#define UNDER_SANITIZER 0
#endif

/* ---- Landlock (kernel: Documentation/userspace-api/landlock.rst); glibc 2.36 has no wrappers ----
 */

/* The kernel's struct as it is today; the one of an older header ends earlier. */
struct ruleset {
    uint64_t files, network, scoped;
};

#define READING                                                                                    \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define OF_A_FILE                                                                                  \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE)
#define CONNECT_TCP      (UINT64_C(1) << 1) /* since version 4 */
#define ABSTRACT_SOCKETS UINT64_C(1)        /* since version 6 */
#define SIGNALS          (UINT64_C(1) << 1)

/* Everything that this version of Landlock can forbid about files. */
static uint64_t all_of(long version)
{
    static const int rights[] = {13, 13, 14, 15, 15, 16}; /* by version; later ones have no more */
    return (UINT64_C(1) << rights[version > 5 ? 5 : version]) - 1;
}

static int create(long version, bool connects)
{
    struct ruleset rules = {.files = all_of(version)};
    if (version >= 4 && !connects)
        rules.network = CONNECT_TCP;
    if (version >= 6)
        rules.scoped = ABSTRACT_SOCKETS | SIGNALS;
    size_t size = version >= 6   ? sizeof rules
                  : version >= 4 ? offsetof(struct ruleset, scoped)
                                 : offsetof(struct ruleset, network);
    return (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
}

/* A path that is not there needs no rule. */
static void allow(int rules, const char *path, uint64_t rights)
{
    struct stat status;
    struct landlock_path_beneath_attr rule = {.parent_fd = open(path, O_PATH | O_CLOEXEC)};
    if (rule.parent_fd < 0)
        return;
    if (fstat(rule.parent_fd, &status) == 0 && !S_ISDIR(status.st_mode))
        rights &= OF_A_FILE;
    rule.allowed_access = rights;
    if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
        pb_options_say("warning: %s cannot be opened to plugins: %s", path, strerror(errno));
    close(rule.parent_fd);
}

/* True if inner is the folder outer or lies in it; both are real paths. */
static bool lies_in(const char *inner, const char *outer)
{
    size_t length = strcmp(outer, "/") == 0 ? 0 : strlen(outer);
    return strncmp(inner, outer, length) == 0 && (inner[length] == '/' || inner[length] == 0);
}

/* The folder of a plugin, so that a rebuilt one, renamed into its place, can be loaded as well. But
 * never the folder of the keys: then only the file that is there now. */
static void allow_plugin(int rules, const char *file, const char *keys)
{
    char real[PATH_MAX], folder[PATH_MAX], real_keys[PATH_MAX];
    if (!realpath(file, real))
        return;
    memcpy(folder, real, sizeof folder);
    *strrchr(folder, '/') = 0;
    if (!folder[0])
        strcpy(folder, "/");
    if (!keys || !realpath(keys, real_keys) || !lies_in(real_keys, folder)) {
        allow(rules, folder, READING);
        return;
    }
    pb_options_say(
        "warning: the keys in %s lie below the folder of the plugin %s: a rebuilt plugin needs a "
        "restart of the server; better keep them apart",
        keys, file);
    allow(rules, real, READING);
}

static void allow_libraries(int rules)
{
    static const char *const folders[] = {"/lib",       "/lib64",         "/usr/lib",
                                          "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        allow(rules, folders[i], READING);
    char *named = getenv("LD_LIBRARY_PATH"), *rest = NULL, *copy = named ? strdup(named) : NULL;
    for (char *folder = copy ? strtok_r(copy, ":;", &rest) : NULL; folder;
         folder = strtok_r(NULL, ":;", &rest))
        allow(rules, folder, READING);
    free(copy);
}

static void prepare_landlock(int *rules, const char *const *plugins, size_t count, const char *keys,
                             const struct pb_confine_grants *grants)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    for (int stage = 0; stage < PB_CONFINE_STAGES; stage++) {
        if (version < 1 || (rules[stage] = create(version, grants->connects)) < 0) {
            pb_options_say("warning: this kernel has no Landlock (%s): while a plugin is loaded it "
                           "can open files",
                           strerror(errno));
            return;
        }
        if (grants->folder) /* the stages add up: what the second is to leave, the first must have
                               left */
            allow(rules[stage], grants->folder, all_of(version));
    }
    allow_libraries(rules[PB_CONFINE_LOADING]);
    for (size_t i = 0; i < count; i++)
        allow_plugin(rules[PB_CONFINE_LOADING], plugins[i], keys);
}

static int prepare_filters(struct pb_filter *filters, const struct pb_confine_grants *grants,
                           struct pb_error *error)
{
    struct pb_error why = {0};
    for (int stage = 0; stage < PB_CONFINE_STAGES; stage++) {
        int result = pb_filter_compile(&filters[stage], stage, grants, &why);
        if (result == PB_NOT_FOUND) {
            pb_options_say("warning: %s: a plugin can make any system call", why.text);
            return PB_OK;
        }
        if (result != PB_OK)
            return pb_status_fail(error, result, "%s", why.text);
    }
    return PB_OK;
}

void pb_confine_init(struct pb_confine *confine)
{
    *confine = (struct pb_confine){.rules = {-1, -1}, .parent = getpid()};
}

int pb_confine_prepare(struct pb_confine *confine, const char *const *plugins, size_t count,
                       const char *keys, const struct pb_confine_grants *grants,
                       struct pb_error *error)
{
    prepare_landlock(confine->rules, plugins, count, keys, grants);
    if (UNDER_SANITIZER) {
        pb_options_say("warning: built with AddressSanitizer: no limit of memory and no filter of "
                       "system calls for plugins");
        return PB_OK;
    }
    return prepare_filters(confine->filters, grants, error);
}

void pb_confine_free(struct pb_confine *confine)
{
    for (int stage = 0; stage < PB_CONFINE_STAGES; stage++) {
        if (confine->rules[stage] >= 0)
            close(confine->rules[stage]);
        free(confine->filters[stage].code);
    }
    pb_confine_init(confine);
}

/* ---- putting it on ---- */

static int ascending(const void *a, const void *b)
{
    int left = *(const int *)a, right = *(const int *)b;
    return (left > right) - (left < right);
}

static int close_all_but(int *keep, size_t count)
{
    unsigned from = 3;
    qsort(keep, count, sizeof *keep, ascending);
    for (size_t i = 0; i < count; i++) {
        if (keep[i] < (int)from)
            continue;
        if ((unsigned)keep[i] > from && close_range(from, (unsigned)keep[i] - 1, 0) < 0)
            return -1;
        from = (unsigned)keep[i] + 1;
    }
    return close_range(from, ~0u, 0);
}

static void limit(int what, rlim_t figure)
{
    setrlimit(what, &(struct rlimit){figure, figure});
}

static int put_on(const struct pb_confine *confine, enum pb_confine_stage stage,
                  struct pb_error *error)
{
    if (confine->rules[stage] >= 0 &&
        syscall(SYS_landlock_restrict_self, confine->rules[stage], 0) < 0)
        return pb_status_fail(error, PB_SYSTEM, "Landlock: %s", strerror(errno));
    return confine->filters[stage].code ? pb_filter_load(&confine->filters[stage], error) : PB_OK;
}

int pb_confine_enter(const struct pb_confine *confine, const int *keep, size_t count,
                     struct pb_error *error)
{
    int kept[16];
    if (count >= sizeof kept / sizeof *kept)
        return pb_status_fail(error, PB_SYSTEM, "too many descriptors to keep");
    if (count)
        memcpy(kept, keep, count * sizeof *kept);
    kept[count] = confine->rules[PB_CONFINE_RUNNING];

    /* SIGKILL: a plugin could ignore anything else. The parent may be gone already. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != confine->parent)
        return pb_status_fail(error, PB_SYSTEM, "the server is gone");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return pb_status_fail(error, PB_SYSTEM, "no_new_privs: %s", strerror(errno));
    limit(RLIMIT_CORE, 0); /* a core file would hold a private key */
    limit(RLIMIT_NOFILE, DESCRIPTOR_LIMIT);
    if (!UNDER_SANITIZER)
        limit(RLIMIT_AS, MEMORY_LIMIT);
    int result = put_on(confine, PB_CONFINE_LOADING, error);
    if (close_all_but(kept, count + 1) < 0)
        return pb_status_fail(error, PB_SYSTEM, "close_range: %s", strerror(errno));
    return result;
}

int pb_confine_finish(const struct pb_confine *confine, struct pb_error *error)
{
    int result = put_on(confine, PB_CONFINE_RUNNING, error);
    if (confine->rules[PB_CONFINE_RUNNING] >= 0)
        close(confine->rules[PB_CONFINE_RUNNING]);
    return result;
}
