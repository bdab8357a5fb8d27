/* Folders of the server: their entries, one entry, and names by a pattern. */
#ifndef PLUGBOARD_FTP_LIST_H
#define PLUGBOARD_FTP_LIST_H

#include "facts.h"
#include "remote.h"

#define FTP_LIST_MAX 1000000u /* entries; a server that lists more is not believed */

struct ftp_entry {
    char *name; /* owned; as the server says it: not for a terminal, not for a path here
                   (ftp_facts_unsafe) */
    struct ftp_facts facts;
};

/* Zeroed = empty. */
struct ftp_list {
    struct ftp_entry *entry;
    size_t count, room;
    size_t unsafe; /* names that were left out, which was said */
};

void ftp_list_free(struct ftp_list *list);
int ftp_list_add(struct ftp_list *list, const char *name, size_t size,
                 const struct ftp_facts *facts, struct pb_error *error) PB_CHECKED;

/* What is in a folder ("": the working folder), by name; without "." and "..". */
int ftp_list_folder(struct ftp_remote *remote, const char *path, struct ftp_list *list,
                    struct pb_error *error) PB_CHECKED;

/* What is known of one name. PB_REFUSED: it is not there. */
int ftp_list_one(struct ftp_remote *remote, const char *path, struct ftp_facts *facts,
                 struct pb_error *error) PB_CHECKED;

/* All paths that match a pattern (words.h), each as far as it was typed; only names that are safe
 * here, the others are told and left out. PB_NOT_FOUND: none. */
int ftp_list_match(struct ftp_remote *remote, const char *pattern, struct ftp_list *list,
                   struct pb_error *error) PB_CHECKED;

/* "folder" and "name" to "folder/name"; what was there is freed. NULL: no memory. */
char *ftp_list_join(const char *folder, const char *name);

#endif
