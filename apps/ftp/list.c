/* Folders of the server. */
#include "list.h"

#include "words.h"

#include "ftpd/listing.h"
#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_HERE = 8192 };

void ftp_list_free(struct ftp_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->entry[i].name);
    free(list->entry);
    *list = (struct ftp_list){0};
}

int ftp_list_add(struct ftp_list *list, const char *name, size_t size,
                 const struct ftp_facts *facts, struct pb_error *error)
{
    if (list->count == FTP_LIST_MAX)
        return pb_status_fail(error, PB_PROTOCOL, "a listing of more than %u names", FTP_LIST_MAX);
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 64;
        struct ftp_entry *entry = realloc(list->entry, room * sizeof *entry);
        if (!entry)
            return pb_status_fail(error, PB_SYSTEM, "no memory for a listing");
        list->entry = entry;
        list->room = room;
    }
    char *copy = strndup(name, size);
    if (!copy)
        return pb_status_fail(error, PB_SYSTEM, "no memory for a listing");
    struct ftp_entry *entry = &list->entry[list->count++];
    entry->name = copy;
    entry->facts = facts ? *facts : (struct ftp_facts){0};
    entry->facts.name = copy;
    entry->facts.name_size = strlen(copy);
    return PB_OK;
}

static int by_name(const void *a, const void *b)
{
    const struct ftp_entry *left = a, *right = b;
    return strcmp(left->name, right->name);
}

/* ---- a folder ---- */

struct listing {
    struct ftp_list *list;
    bool (*parse)(struct ftp_facts *facts, const char *line, size_t size);
    char line[LINE_MAX_HERE];
    size_t size;
};

static int take_line(struct listing *listing, struct pb_error *error)
{
    struct ftp_facts facts;
    size_t size = listing->size;
    listing->size = 0;
    if (size > 0 && listing->line[size - 1] == '\r')
        size--;
    if (!listing->parse(&facts, listing->line, size) || facts.type == FTP_FACTS_SELF)
        return PB_OK;
    return ftp_list_add(listing->list, facts.name, facts.name_size, &facts, error);
}

static int take_lines(void *context, const uint8_t *data, size_t size, struct pb_error *error)
{
    struct listing *listing = context;
    int result = PB_OK;
    while (size > 0 && result == PB_OK) {
        const uint8_t *end = memchr(data, '\n', size);
        size_t part = end ? (size_t)(end - data) : size;
        if (listing->size + part > sizeof listing->line)
            return pb_status_fail(error, PB_PROTOCOL,
                                  "a line of the listing is longer than %d bytes", LINE_MAX_HERE);
        memcpy(listing->line + listing->size, data, part);
        listing->size += part;
        if (end)
            result = take_line(listing, error);
        data += part + (end != NULL);
        size -= part + (end != NULL);
    }
    return result;
}

int ftp_list_folder(struct ftp_remote *remote, const char *path, struct ftp_list *list,
                    struct pb_error *error)
{
    struct listing listing = {.list = list,
                              .parse = remote->mlsd ? ftp_facts_mlsd : ftp_facts_unix};
    char what[FTP_REMOTE_PATH_MAX + 8];
    snprintf(what, sizeof what, "ls %s", *path ? path : remote->folder);
    *list = (struct ftp_list){0};
    int result = ftp_remote_collect(remote, take_lines, &listing, what, error, "%s%s%s",
                                    remote->mlsd ? "MLSD" : "LIST", *path ? " " : "", path);
    if (result == PB_OK && listing.size > 0)
        result = take_line(&listing, error);
    if (result != PB_OK)
        ftp_list_free(list);
    else if (list->count > 0)
        qsort(list->entry, list->count, sizeof *list->entry, by_name);
    return result;
}

int ftp_list_one(struct ftp_remote *remote, const char *path, struct ftp_facts *facts,
                 struct pb_error *error)
{
    *facts = (struct ftp_facts){0};
    if (!remote->mlsd) { /* a folder is what one can go to */
        int result = ftp_remote_ask(remote, path, error, "CWD %s", path);
        if (result == PB_REFUSED) {
            if (error)
                *error = (struct pb_error){0};
            facts->type = FTP_FACTS_FILE;
            result = ftp_remote_ask(remote, path, error, "SIZE %s", path);
            facts->has_size = result == PB_OK && ftp_answer_number(&remote->reply, &facts->size);
            return result;
        }
        facts->type = FTP_FACTS_FOLDER;
        return result == PB_OK
                   ? ftp_remote_ask(remote, remote->folder, error, "CWD %s", remote->folder)
                   : result;
    }
    int result = ftp_remote_ask(remote, path, error, "MLST %s", path);
    if (result != PB_OK)
        return result;
    const char *line = strchr(remote->reply.text, '\n');
    line = line ? line + 1 + strspn(line + 1, " ") : "";
    if (!ftp_facts_mlsd(facts, line, strcspn(line, "\n")))
        return ftp_remote_refused(remote, "this makes no sense as an answer to MLST", error);
    if (facts->type == FTP_FACTS_SELF)
        facts->type = FTP_FACTS_FOLDER;
    facts->name = NULL;
    return PB_OK;
}

/* ---- patterns ---- */

char *ftp_list_join(const char *folder, const char *name)
{
    char *path = NULL;
    size_t size = strlen(folder);
    const char *slash = size == 0 || folder[size - 1] == '/' ? "" : "/";
    return asprintf(&path, "%s%s%s", folder, slash, name) < 0 ? NULL : path;
}

/* The entries of one folder that match one part of a pattern, each joined to it. */
static int match_in(struct ftp_remote *remote, const char *folder, const char *part, bool last,
                    struct ftp_list *out, struct pb_error *error)
{
    struct ftp_list inside;
    struct pb_error why = {0};
    int result = ftp_list_folder(remote, folder, &inside, &why);
    if (result == PB_REFUSED && !last)
        return PB_OK;
    if (result != PB_OK)
        return pb_status_fail(error, result, "%s", why.text);
    for (size_t i = 0; i < inside.count && result == PB_OK; i++) {
        const struct ftp_entry *entry = &inside.entry[i];
        if (!ftp_glob_match(part, entry->name) || (!last && entry->facts.type == FTP_FACTS_FILE))
            continue;
        const char *unsafe = ftp_facts_unsafe(entry->name, strlen(entry->name));
        if (unsafe) {
            char shown[400];
            pb_status_printable(shown, sizeof shown, entry->name, strlen(entry->name));
            pb_options_say("the server lists the name '%s', which %s: not touched", shown, unsafe);
            out->unsafe++;
            continue;
        }
        char *path = ftp_list_join(folder, entry->name);
        result = path ? ftp_list_add(out, path, strlen(path), &entry->facts, error)
                      : pb_status_fail(error, PB_SYSTEM, "no memory for a listing");
        free(path);
    }
    ftp_list_free(&inside);
    return result;
}

/* One part of the pattern against all that matched so far. */
static int step(struct ftp_remote *remote, struct ftp_list *list, char *part, bool last,
                struct pb_error *error)
{
    struct ftp_list next = {.unsafe = list->unsafe};
    int result = PB_OK;
    bool pattern = ftp_words_pattern(part);
    if (!pattern)
        ftp_words_plain(part);
    for (size_t i = 0; i < list->count && result == PB_OK; i++) {
        if (pattern) {
            result = match_in(remote, list->entry[i].name, part, last, &next, error);
            continue;
        }
        char *path = ftp_list_join(list->entry[i].name, part);
        result = path ? ftp_list_add(&next, path, strlen(path), NULL, error)
                      : pb_status_fail(error, PB_SYSTEM, "no memory for a listing");
        free(path);
    }
    ftp_list_free(list);
    *list = next;
    return result;
}

int ftp_list_match(struct ftp_remote *remote, const char *pattern, struct ftp_list *list,
                   struct pb_error *error)
{
    char *copy = strdup(pattern), *at = copy;
    int result = copy ? PB_OK : pb_status_fail(error, PB_SYSTEM, "no memory for a pattern");
    *list = (struct ftp_list){0};
    if (result == PB_OK)
        result = ftp_list_add(list, *at == '/' ? "/" : "", *at == '/', NULL, error);
    while (result == PB_OK && at) {
        char *part = strsep(&at, "/");
        if (*part)
            result = step(remote, list, part, at == NULL || !*at, error);
    }
    free(copy);
    if (result == PB_OK && list->count == 0)
        result = pb_status_fail(error, PB_NOT_FOUND, "nothing on the server matches %s", pattern);
    if (result != PB_OK)
        ftp_list_free(list);
    return result;
}
