/* get, reget, mget, cat: files from the server. */
#include "shell.h"

#include "fetch.h"
#include "interrupt.h"
#include "list.h"
#include "options.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEEP = 64 }; /* folders in folders: a server could invent them without end */

/* Files on their way: the data of one come while the command for the next is sent already. */
struct getting {
    struct ftp_shell *shell;
    bool resume, preserve, recursive;
    struct ftp_fetch *fetch; /* the one that was said last; NULL: none */
    char *path;              /* of it; owned */
    int result;              /* the first that went wrong */
    bool stopped;
};

/* Takes the data of what was said last. */
static void take(struct getting *getting)
{
    struct pb_error why = {0};
    struct ftp_fetch *fetch = getting->fetch;
    if (!fetch)
        return;
    getting->fetch = NULL;
    if (getting->stopped) {
        ftp_remote_tidy(getting->shell->remote, fetch->due);
        ftp_fetch_close(fetch);
    } else {
        int result = ftp_fetch_take(getting->shell->remote, fetch, &why);
        getting->stopped = ftp_shell_stops(getting->shell, &getting->result, result, &why);
    }
    free(fetch);
    free(getting->path);
    getting->path = NULL;
}

static void wrong(struct getting *getting, int status, const struct pb_error *why)
{
    getting->stopped |= ftp_shell_stops(getting->shell, &getting->result, status, why);
}

/* One file into folder, as name. */
static void add(struct getting *getting, const char *path, const struct ftp_facts *facts,
                int folder, const char *name)
{
    struct pb_error why = {0};
    struct ftp_fetch *fetch = malloc(sizeof *fetch);
    char *copy = strdup(path);
    int result =
        fetch && copy ? PB_OK : pb_status_fail(&why, PB_SYSTEM, "no memory for a transfer");
    if (result == PB_OK && strpbrk(path, "\r\n"))
        result = pb_status_fail(&why, PB_USAGE,
                                "a name with a line break in it cannot be sent: nothing was");
    if (result == PB_OK) {
        result = ftp_fetch_open(fetch, copy, folder, name, getting->resume, &why);
        fetch->preserve = getting->preserve;
        if (facts && facts->type == FTP_FACTS_FILE && facts->has_size) {
            fetch->has_size = true;
            fetch->size = facts->size;
        }
        if (facts && facts->has_time)
            fetch->time = facts->time;
        if (result == PB_OK)
            result = ftp_fetch_say(getting->shell->remote, fetch, &why);
        if (result != PB_OK)
            ftp_fetch_close(fetch);
    }
    take(getting); /* the one before */
    if (result == PB_OK) {
        getting->fetch = fetch;
        getting->path = copy;
        if (getting->stopped)
            take(getting);
        return;
    }
    wrong(getting, result, &why);
    free(fetch);
    free(copy);
}

/* ---- folders ---- */

static int enter(int folder, const char *name, struct pb_error *error)
{
    if (mkdirat(folder, name, 0777) < 0 && errno != EEXIST)
        return pb_status_fail(error, PB_FILE, "the folder %s cannot be made: %s", name,
                              strerror(errno));
    int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        pb_status_fail(error, PB_FILE, "%s, here, is no folder: %s", name, strerror(errno));
    return fd;
}

static void add_folder(struct getting *getting, const char *path, int folder, const char *name,
                       int depth);

static void add_entry(struct getting *getting, const char *path, const struct ftp_entry *entry,
                      int folder, int depth)
{
    struct pb_error why = {0};
    char *whole = ftp_list_join(path, entry->name);
    const char *unsafe = ftp_facts_unsafe(entry->name, strlen(entry->name));
    if (!whole)
        wrong(getting, PB_SYSTEM, NULL);
    else if (unsafe)
        wrong(getting,
              pb_status_fail(&why, PB_FILE,
                             "the server lists the name '%.300s', which %s: not fetched",
                             entry->name, unsafe),
              &why);
    else if (entry->facts.type == FTP_FACTS_FOLDER)
        add_folder(getting, whole, folder, entry->name, depth + 1);
    else if (entry->facts.type == FTP_FACTS_FILE)
        add(getting, whole, &entry->facts, folder, entry->name);
    else
        wrong(
            getting,
            pb_status_fail(&why, PB_FILE, "%.300s is neither file nor folder: not fetched", whole),
            &why);
    free(whole);
}

static void add_folder(struct getting *getting, const char *path, int folder, const char *name,
                       int depth)
{
    struct pb_error why = {0};
    struct ftp_list list = {0};
    take(getting); /* a listing is no transfer that could wait behind another one */
    int inside = -1, result = getting->stopped ? PB_INTERRUPTED : PB_OK;
    if (result == PB_OK && depth > DEEP)
        result = pb_status_fail(&why, PB_FILE, "%s: more than %d folders in folders", path, DEEP);
    if (result == PB_OK)
        result = ftp_list_folder(getting->shell->remote, path, &list, &why);
    if (result == PB_OK && (inside = enter(folder, name, &why)) < 0)
        result = PB_FILE;
    if (result != PB_OK && !getting->stopped)
        wrong(getting, result, &why);
    for (size_t i = 0; result == PB_OK && i < list.count && !getting->stopped; i++)
        add_entry(getting, path, &list.entry[i], inside, depth);
    if (inside >= 0)
        close(inside);
    ftp_list_free(&list);
}

/* ---- what was typed ---- */

/* A path of the server, typed or matched, to folder/name here. */
static void add_path(struct getting *getting, const char *path, const struct ftp_facts *known,
                     int folder, const char *name)
{
    struct pb_error why = {0};
    struct ftp_facts facts = {0};
    char base[NAME_MAX + 1];
    int result = PB_OK;
    if (known)
        facts = *known;
    if (!name && !ftp_shell_base(path, base)) {
        wrong(getting, pb_status_fail(&why, PB_USAGE, "%s: what shall it be called here?", path),
              &why);
        return;
    }
    if (getting->recursive && facts.type == FTP_FACTS_UNKNOWN) {
        take(getting);
        if (getting->stopped)
            return;
        result = ftp_list_one(getting->shell->remote, path, &facts, &why);
    }
    if (result != PB_OK)
        wrong(getting, result, &why);
    else if (facts.type == FTP_FACTS_FOLDER && getting->recursive)
        add_folder(getting, path, folder, name ? name : base, 0);
    else if (facts.type == FTP_FACTS_FOLDER)
        wrong(getting, pb_status_fail(&why, PB_FILE, "%s is a folder (get -r)", path), &why);
    else
        add(getting, path, &facts, folder, name ? name : base);
}

/* All that a word means. */
static void add_word(struct getting *getting, char *word, int folder, const char *name)
{
    struct pb_error why = {0};
    struct ftp_list list = {0};
    if (!ftp_words_pattern(word)) {
        ftp_words_plain(word);
        add_path(getting, word, NULL, folder, name);
        return;
    }
    take(getting);
    if (getting->stopped)
        return;
    int result = ftp_list_match(getting->shell->remote, word, &list, &why);
    if (result == PB_OK && list.count > 1 && name)
        result = pb_status_fail(&why, PB_USAGE, "%zu files cannot all be called %s: name a folder",
                                list.count, name);
    if (result != PB_OK)
        wrong(getting, result, &why);
    for (size_t i = 0; result == PB_OK && i < list.count && !getting->stopped; i++) {
        if (list.entry[i].facts.type == FTP_FACTS_FOLDER && !getting->recursive && list.count > 1)
            pb_options_say("%s is a folder: not fetched (-r)", list.entry[i].name);
        else
            add_path(getting, list.entry[i].name, &list.entry[i].facts, folder, name);
    }
    if (list.unsafe > 0 && getting->result == PB_OK)
        getting->result = PB_FILE;
    ftp_list_free(&list);
}

/* Where it goes: "here", "here/name", or a folder. name: empty if the server's is to be kept. */
static int target_of(const char *path, char *name, struct pb_error *error)
{
    char folder[PATH_MAX] = ".";
    *name = 0;
    if (path) {
        int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0)
            return fd;
        const char *slash = strrchr(path, '/');
        size_t size = slash ? (size_t)(slash - path) : 0;
        if (!ftp_shell_base(path, name) || (slash && !slash[1]) || size >= sizeof folder) {
            pb_status_fail(error, PB_FILE, "%s is no folder", path);
            return -1;
        }
        if (slash)
            snprintf(folder, sizeof folder, "%.*s", size ? (int)size : 1, path);
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        pb_status_fail(error, PB_FILE, "%s: %s", folder, strerror(errno));
    return fd;
}

static int get(struct ftp_shell *shell, const struct ftp_asked *asked, bool resume, bool many,
               struct pb_error *error)
{
    struct getting getting = {.shell = shell,
                              .resume = resume,
                              .preserve = ftp_asked_for(asked, 'p'),
                              .recursive = ftp_asked_for(asked, 'r')};
    char name[NAME_MAX + 1];
    char *target = !many && asked->count > 1 ? asked->word[1] : NULL;
    if (target)
        ftp_words_plain(target);
    int folder = target_of(target, name, error);
    if (folder < 0)
        return PB_FILE;
    for (int i = 0; i < (many ? asked->count : 1) && !getting.stopped; i++)
        add_word(&getting, asked->word[i], folder, *name ? name : NULL);
    take(&getting);
    close(folder);
    return ftp_shell_said(getting.result, error);
}

int ftp_act_get(struct ftp_shell *shell, const struct ftp_asked *asked, struct pb_error *error)
{
    return get(shell, asked, false, false, error);
}

int ftp_act_reget(struct ftp_shell *shell, const struct ftp_asked *asked, struct pb_error *error)
{
    return get(shell, asked, true, false, error);
}

int ftp_act_mget(struct ftp_shell *shell, const struct ftp_asked *asked, struct pb_error *error)
{
    return get(shell, asked, false, true, error);
}

/* ---- cat ---- */

/* As it is; at a terminal so that nothing in it can act there. */
static int show(void *context, const uint8_t *data, size_t size, struct pb_error *error)
{
    const bool *terminal = context;
    char safe[4096 + 1];
    if (!*terminal)
        fwrite(data, 1, size, stdout);
    while (*terminal && size > 0) {
        const uint8_t *end = data;
        while (end < data + size && end < data + 1024 && *end != '\n' && *end != '\t')
            end++;
        pb_status_printable(safe, sizeof safe, data, (size_t)(end - data));
        fputs(safe, stdout);
        if (end < data + size && (*end == '\n' || *end == '\t'))
            putchar(*end++);
        size -= (size_t)(end - data);
        data = end;
    }
    return ferror(stdout) ? pb_status_fail(error, PB_FILE, "standard output cannot be written")
                          : PB_OK;
}

int ftp_act_cat(struct ftp_shell *shell, const struct ftp_asked *asked, struct pb_error *error)
{
    bool terminal = isatty(STDOUT_FILENO);
    int result = PB_OK;
    for (int i = 0; i < asked->count; i++) {
        struct ftp_list list = {0};
        struct pb_error why = {0};
        char what[300];
        int one = ftp_words_pattern(asked->word[i])
                      ? ftp_list_match(shell->remote, asked->word[i], &list, &why)
                      : PB_OK;
        if (one == PB_OK && list.count == 0) {
            ftp_words_plain(asked->word[i]);
            one = ftp_list_add(&list, asked->word[i], strlen(asked->word[i]), NULL, &why);
        }
        bool stops = ftp_shell_stops(shell, &result, one, &why);
        for (size_t k = 0; k < list.count && !stops; k++) {
            why = (struct pb_error){0};
            snprintf(what, sizeof what, "cat %s", list.entry[k].name);
            one = ftp_remote_collect(shell->remote, show, &terminal, what, &why, "RETR %s",
                                     list.entry[k].name);
            stops = ftp_shell_stops(shell, &result, one, &why);
        }
        result = list.unsafe > 0 && result == PB_OK ? PB_FILE : result;
        ftp_list_free(&list);
        if (stops)
            break;
    }
    return ftp_shell_said(result, error);
}
