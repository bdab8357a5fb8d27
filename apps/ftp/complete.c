/* Tab: commands, names here, names on the server. */
#include "shell.h"

#include "list.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SHOWN_MAX = 2000 };

struct finding {
    struct ftp_completion *out;
    const char *begin; /* of the name that is typed, without its folder */
    char common[512];  /* what all that fit have in common behind it */
    bool folder;       /* the only one is a folder */
};

static void found(struct finding *finding, const char *name, bool folder)
{
    struct ftp_completion *out = finding->out;
    size_t size = strlen(finding->begin);
    if (strncmp(name, finding->begin, size) != 0 || (name[0] == '.' && finding->begin[0] != '.') ||
        out->count == SHOWN_MAX)
        return;
    char **more = realloc(out->name, (out->count + 1) * sizeof *more);
    if (!more)
        return;
    out->name = more;
    if (!(out->name[out->count] = strdup(name)))
        return;
    if (out->count++ == 0) {
        snprintf(finding->common, sizeof finding->common, "%s", name + size);
    } else {
        size_t same = 0;
        while (finding->common[same] && finding->common[same] == name[size + same])
            same++;
        while (same > 0 && (finding->common[same] & 0xc0) == 0x80) /* not within a character */
            same--;
        finding->common[same] = 0;
    }
    finding->folder = folder;
}

static void find_here(struct finding *finding, const char *folder)
{
    DIR *inside = opendir(*folder ? folder : ".");
    struct stat status;
    for (struct dirent *entry; inside && (entry = readdir(inside));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            found(finding, entry->d_name,
                  fstatat(dirfd(inside), entry->d_name, &status, 0) == 0 &&
                      S_ISDIR(status.st_mode));
    if (inside)
        closedir(inside);
}

static void find_there(struct finding *finding, struct ftp_remote *remote, const char *folder)
{
    struct ftp_list list;
    if (ftp_list_folder(remote, folder, &list, NULL) != PB_OK)
        return;
    for (size_t i = 0; i < list.count; i++)
        if (!ftp_facts_unsafe(list.entry[i].name, strlen(list.entry[i].name)))
            found(finding, list.entry[i].name, list.entry[i].facts.type == FTP_FACTS_FOLDER);
    ftp_list_free(&list);
}

/* Which names belong at this place of the line? */
static enum ftp_names kind_at(const struct ftp_words *words, bool new_word)
{
    int at = words->count - !new_word; /* index of the word under the cursor */
    const struct ftp_action *action = at > 0 ? ftp_actions_find(words->word[0]) : NULL;
    if (at <= 0)
        return FTP_NAMES_COMMANDS;
    if (!action)
        return FTP_NAMES_NONE;
    if (action->complete != FTP_NAMES_BOTH)
        return action->complete;
    int names = 0;
    for (int i = 1; i < at; i++)
        names += words->word[i][0] != '-';
    bool put = strstr(action->name, "put") != NULL;
    return (names == 0) == put ? FTP_NAMES_HERE : FTP_NAMES_THERE;
}

/* What is added, so that it means itself when the line is read. */
static void write_added(struct finding *finding, char quote)
{
    char *to = finding->out->add, *end = to + sizeof finding->out->add - 4;
    for (const char *at = finding->common; *at && to < end; at++) {
        if (!quote && strchr(" \t'\"\\*?[#", *at))
            *to++ = '\\';
        *to++ = *at;
    }
    if (finding->out->count == 1) {
        if (!finding->folder && quote)
            *to++ = quote;
        *to++ = finding->folder ? '/' : ' ';
    }
    *to = 0;
}

void ftp_complete(struct ftp_shell *shell, const char *line, size_t size,
                  struct ftp_completion *completion)
{
    struct ftp_words words = {0};
    struct finding finding = {.out = completion};
    bool split = ftp_words_split(&words, line, size, NULL) == PB_OK || words.open;
    bool new_word = words.count == 0 || (!words.open && size > 0 && strchr(" \t", line[size - 1]) &&
                                         !(size > 1 && line[size - 2] == '\\'));
    enum ftp_names kind = split ? kind_at(&words, new_word) : FTP_NAMES_NONE;
    char *path = strdup(new_word ? "" : words.word[words.count - 1]), *folder = NULL;
    if (path && split) {
        ftp_words_plain(path);
        char *slash = strrchr(path, '/');
        finding.begin = slash ? slash + 1 : path;
        folder = strndup(path, slash ? (size_t)(slash + 1 - path) : 0);
    }
    if (folder && kind == FTP_NAMES_COMMANDS)
        for (size_t i = 0; i < ftp_actions_count; i++)
            found(&finding, ftp_actions[i].name, false);
    else if (folder && kind == FTP_NAMES_HERE)
        find_here(&finding, folder);
    else if (folder && kind == FTP_NAMES_THERE && !shell->remote->gone)
        find_there(&finding, shell->remote, folder);
    if (completion->count > 0)
        write_added(&finding, words.open ? *words.last : 0);
    free(folder);
    free(path);
    ftp_words_free(&words);
}

void ftp_complete_free(struct ftp_completion *completion)
{
    for (size_t i = 0; i < completion->count; i++)
        free(completion->name[i]);
    free(completion->name);
    *completion = (struct ftp_completion){0};
}
