/* ls, cd, pwd, mkdir, rmdir, rm, rename, chmod, quote: names on the server. */
#include "shell.h"

#include "interrupt.h"
#include "list.h"
#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { DEEP = 64 };

/* ---- ls ---- */

static void show_long(const struct ftp_entry *entry)
{
    static const char types[] = "?-d.o", letters[] = "rwxrwxrwx";
    char mode[11] = "??????????", size[24] = "", when[20] = "", name[2048];
    struct tm tm;
    time_t time = (time_t)entry->facts.time;
    mode[0] = types[entry->facts.type];
    for (int i = 0; entry->facts.has_mode && i < 9; i++)
        mode[i + 1] = entry->facts.mode & (0400u >> i) ? letters[i] : '-';
    if (entry->facts.has_size)
        snprintf(size, sizeof size, "%llu", (unsigned long long)entry->facts.size);
    if (entry->facts.has_time && localtime_r(&time, &tm))
        strftime(when, sizeof when, "%Y-%m-%d %H:%M", &tm);
    pb_status_printable(name, sizeof name, entry->name, strlen(entry->name));
    printf("%s %14s %16s %s\n", mode, size, when, name);
}

/* Columns at a terminal, a line each elsewhere. */
static void show_short(const struct ftp_list *list)
{
    struct winsize window;
    char name[2048];
    size_t widest = 0, columns = 1;
    if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 &&
        list->count > 0) {
        for (size_t i = 0; i < list->count; i++) {
            size_t width = pb_status_printable(name, sizeof name, list->entry[i].name,
                                               strlen(list->entry[i].name));
            widest = width > widest ? width : widest;
        }
        columns = window.ws_col / (widest + 3);
        columns = columns ? columns : 1;
    }
    size_t rows = (list->count + columns - 1) / columns;
    for (size_t row = 0; row < rows; row++) {
        for (size_t i = row; i < list->count; i += rows) {
            const struct ftp_entry *entry = &list->entry[i];
            bool folder = columns > 1 && entry->facts.type == FTP_FACTS_FOLDER,
                 last = i + rows >= list->count;
            size_t width = pb_status_printable(name, sizeof name, entry->name, strlen(entry->name));
            printf("%s%s%*s", name, folder ? "/" : "",
                   last ? 0 : (int)(widest + 2 - width + !folder), "");
        }
        putchar('\n');
    }
}

static void show_list(const struct ftp_list *list, bool details)
{
    if (!details)
        show_short(list);
    for (size_t i = 0; details && i < list->count; i++)
        show_long(&list->entry[i]);
}

/* A folder's contents; anything else itself. */
static int list_path(struct ftp_shell *shell, const char *path, bool details,
                     struct pb_error *error)
{
    struct ftp_list list;
    struct ftp_facts facts;
    struct pb_error why = {0};
    int result = ftp_list_folder(shell->remote, path, &list, &why);
    if (result == PB_REFUSED && *path && ftp_list_one(shell->remote, path, &facts, NULL) == PB_OK &&
        facts.type != FTP_FACTS_FOLDER) {
        list = (struct ftp_list){0};
        result = ftp_list_add(&list, path, strlen(path), &facts, error);
    }
    if (result != PB_OK)
        return pb_status_fail(error, result, "%s", why.text);
    show_list(&list, details);
    ftp_list_free(&list);
    return PB_OK;
}

int ftp_act_ls(struct ftp_shell *shell, const struct ftp_asked *asked, struct pb_error *error)
{
    bool details = ftp_asked_for(asked, 'l');
    int result = PB_OK;
    if (asked->count == 0)
        return list_path(shell, "", details, error);
    for (int i = 0; i < asked->count; i++) {
        struct pb_error why = {0};
        struct ftp_list list;
        int one;
        if (ftp_words_pattern(asked->word[i])) {
            if ((one = ftp_list_match(shell->remote, asked->word[i], &list, &why)) == PB_OK) {
                show_list(&list, details);
                ftp_list_free(&list);
            }
        } else {
            ftp_words_plain(asked->word[i]);
            if (asked->count > 1)
                printf("%s%s:\n", i ? "\n" : "", asked->word[i]);
            one = list_path(shell, asked->word[i], details, &why);
        }
        if (ftp_shell_stops(shell, &result, one, &why))
            break;
    }
    return ftp_shell_said(result, error);
}

/* ---- single commands ---- */

int ftp_act_cd(struct ftp_shell *shell, const struct ftp_asked *asked, struct pb_error *error)
{
    const char *path = asked->count ? asked->word[0] : "/";
    if (asked->count && ftp_words_pattern(path)) {
        struct ftp_list list;
        int result = ftp_list_match(shell->remote, path, &list, error);
        if (result == PB_OK && list.count != 1)
            result = pb_status_fail(error, PB_USAGE, "cd: %zu names match %s", list.count, path);
        if (result == PB_OK)
            result = ftp_remote_ask(shell->remote, list.entry[0].name, error, "CWD %s",
                                    list.entry[0].name);
        ftp_list_free(&list);
        return result == PB_OK ? ftp_remote_where(shell->remote, error) : result;
    }
    if (asked->count)
        ftp_words_plain(asked->word[0]);
    int result = ftp_remote_ask(shell->remote, path, error, "CWD %s", path);
    return result == PB_OK ? ftp_remote_where(shell->remote, error) : result;
}

int ftp_act_pwd(struct ftp_shell *shell, const struct ftp_asked *asked, struct pb_error *error)
{
    char safe[2 * FTP_REMOTE_PATH_MAX];
    (void)asked;
    int result = ftp_remote_where(shell->remote, error);
    if (result == PB_OK) {
        pb_status_printable(safe, sizeof safe, shell->remote->folder,
                            strlen(shell->remote->folder));
        puts(safe);
    }
    return result;
}

static int each(struct ftp_shell *shell, const struct ftp_asked *asked, const char *verb,
                struct pb_error *error)
{
    int result = PB_OK;
    for (int i = 0; i < asked->count; i++) {
        struct pb_error why = {0};
        ftp_words_plain(asked->word[i]);
        int one =
            ftp_remote_ask(shell->remote, asked->word[i], &why, "%s %s", verb, asked->word[i]);
        if (ftp_shell_stops(shell, &result, one, &why))
            break;
    }
    return ftp_shell_said(result, error);
}

int ftp_act_mkdir(struct ftp_shell *shell, const struct ftp_asked *asked, struct pb_error *error)
{
    return each(shell, asked, "MKD", error);
}

int ftp_act_rmdir(struct ftp_shell *shell, const struct ftp_asked *asked, struct pb_error *error)
{
    return each(shell, asked, "RMD", error);
}

int ftp_act_rename(struct ftp_shell *shell, const struct ftp_asked *asked, struct pb_error *error)
{
    ftp_words_plain(asked->word[0]);
    ftp_words_plain(asked->word[1]);
    int result = ftp_remote_ask(shell->remote, asked->word[0], error, "RNFR %s", asked->word[0]);
    return result == PB_OK
               ? ftp_remote_ask(shell->remote, asked->word[1], error, "RNTO %s", asked->word[1])
               : result;
}

/* ---- with patterns ---- */

typedef int act_on(struct ftp_shell *shell, const char *path, const struct ftp_facts *facts,
                   const void *context, struct pb_error *error);

static int each_match(struct ftp_shell *shell, char **word, int count, act_on *act,
                      const void *context, struct pb_error *error)
{
    int result = PB_OK;
    bool stops = false;
    for (int i = 0; i < count && !stops; i++) {
        struct pb_error why = {0};
        struct ftp_list list = {0};
        int one;
        if (ftp_words_pattern(word[i])) {
            one = ftp_list_match(shell->remote, word[i], &list, &why);
        } else {
            ftp_words_plain(word[i]);
            one = ftp_list_add(&list, word[i], strlen(word[i]), NULL, &why);
        }
        stops = ftp_shell_stops(shell, &result, one, &why);
        for (size_t k = 0; k < list.count && !stops; k++) {
            why = (struct pb_error){0};
            one = act(shell, list.entry[k].name, &list.entry[k].facts, context, &why);
            stops = ftp_shell_stops(shell, &result, one, &why);
        }
        result = list.unsafe > 0 && result == PB_OK ? PB_FILE : result;
        ftp_list_free(&list);
    }
    return ftp_shell_said(result, error);
}

static int change_mode(struct ftp_shell *shell, const char *path, const struct ftp_facts *facts,
                       const void *mode, struct pb_error *error)
{
    (void)facts;
    return ftp_remote_ask(shell->remote, path, error, "SITE CHMOD %s %s", (const char *)mode, path);
}

int ftp_act_chmod(struct ftp_shell *shell, const struct ftp_asked *asked, struct pb_error *error)
{
    const char *mode = asked->word[0];
    if (!*mode || strlen(mode) > 4 || strspn(mode, "01234567") != strlen(mode))
        return pb_status_fail(error, PB_USAGE, "chmod %s: the mode is octal, for example 644",
                              mode);
    return each_match(shell, asked->word + 1, asked->count - 1, change_mode, mode, error);
}

static int remove_tree(struct ftp_shell *shell, const char *path, int depth, struct pb_error *error);

/* DELE first, whatever the server calls it: it removes a link to a folder, of which many servers say that it is one, and
 * does nothing to a folder. To walk through the link would remove what is in the other folder. */
static int remove_entry(struct ftp_shell *shell, const char *path, const struct ftp_facts *facts, int depth,
                        struct pb_error *error)
{
    struct pb_error why = {0};
    int result = ftp_remote_ask(shell->remote, path, &why, "DELE %s", path);
    if (result == PB_OK)
        return PB_OK;
    if (result == PB_REFUSED && facts->type == FTP_FACTS_FOLDER)
        return remove_tree(shell, path, depth, error);
    return pb_status_fail(error, result, "%s", why.text);
}

static int remove_tree(struct ftp_shell *shell, const char *path, int depth, struct pb_error *error)
{
    struct ftp_list list;
    if (depth > DEEP)
        return pb_status_fail(error, PB_FILE, "%s: more than %d folders in folders", path, DEEP);
    int result = ftp_list_folder(shell->remote, path, &list, error);
    for (size_t i = 0; result == PB_OK && i < list.count; i++) {
        const struct ftp_entry *entry = &list.entry[i];
        const char *unsafe = ftp_facts_unsafe(entry->name, strlen(entry->name));
        char *inside = ftp_list_join(path, entry->name);
        if (unsafe)
            result = pb_status_fail(error, PB_FILE,
                                    "the server lists the name '%.300s', which %s: not touched",
                                    entry->name, unsafe);
        else if (!inside)
            result = pb_status_fail(error, PB_SYSTEM, "no memory for a name");
        else
            result = remove_entry(shell, inside, &entry->facts, depth + 1, error);
        free(inside);
    }
    ftp_list_free(&list);
    if (result == PB_OK && ftp_interrupt_came())
        result = pb_status_fail(error, PB_INTERRUPTED, "interrupted");
    return result == PB_OK ? ftp_remote_ask(shell->remote, path, error, "RMD %s", path) : result;
}

static int remove_one(struct ftp_shell *shell, const char *path, const struct ftp_facts *known,
                      const void *recursive, struct pb_error *error)
{
    struct ftp_facts facts = *known;
    int result = PB_OK;
    if (recursive && facts.type == FTP_FACTS_UNKNOWN)
        result = ftp_list_one(shell->remote, path, &facts, error);
    if (result != PB_OK)
        return result;
    if (recursive)
        return remove_entry(shell, path, &facts, 0, error);
    return ftp_remote_ask(shell->remote, path, error, "DELE %s", path);
}

int ftp_act_rm(struct ftp_shell *shell, const struct ftp_asked *asked, struct pb_error *error)
{
    return each_match(shell, asked->word, asked->count, remove_one,
                      ftp_asked_for(asked, 'r') ? "r" : NULL, error);
}

/* ---- quote ---- */

int ftp_act_quote(struct ftp_shell *shell, const struct ftp_asked *asked, struct pb_error *error)
{
    static const char *const transfers[] = {"RETR", "STOR", "STOU", "APPE", "LIST", "NLST", "MLSD"};
    char line[FTP_REMOTE_PATH_MAX + 1] = "", safe[2 * FTP_ANSWER_LINE_MAX];
    size_t used = 0;
    for (int i = 0; i < asked->count; i++) {
        ftp_words_plain(asked->word[i]);
        int size = snprintf(line + used, sizeof line - used, "%s%s", i ? " " : "", asked->word[i]);
        if (size < 0 || used + (size_t)size >= sizeof line)
            return pb_status_fail(error, PB_USAGE, "quote: that is too long");
        used += (size_t)size;
    }
    for (size_t i = 0; i < sizeof transfers / sizeof *transfers; i++)
        if (strcasecmp(asked->word[0], transfers[i]) == 0)
            return pb_status_fail(error, PB_USAGE,
                                  "quote %s: nobody would take the data; use get, put or ls",
                                  transfers[i]);
    int result = ftp_remote_say(shell->remote, error, "%s", line);
    if (result == PB_OK)
        result = ftp_remote_hear(shell->remote, error);
    if (result != PB_OK)
        return result;
    const struct ftp_answer *reply = &shell->remote->reply;
    for (const char *at = reply->text;; at++) {
        size_t size = strcspn(at, "\n");
        pb_status_printable(safe, sizeof safe, at, size);
        printf("%d%s%s\n", reply->code, at[size] ? "-" : " ", safe);
        at += size;
        if (!*at)
            break;
    }
    if (strcasecmp(asked->word[0], "QUIT") == 0)
        shell->over = true;
    return reply->code < 400 ? PB_OK : ftp_shell_said(PB_REFUSED, error);
}
