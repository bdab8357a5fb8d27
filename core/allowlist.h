/* allowed.csv: name, cipher, public. Who may talk to this server, and who that is. */
#ifndef PLUGBOARD_ALLOWLIST_H
#define PLUGBOARD_ALLOWLIST_H

#include "table.h"

#define PB_ALLOWLIST "allowed.csv"

/* Zeroed before the first read; kept by a server as long as it runs. */
struct pb_allowlist {
    struct pb_table table;
};

/* Reads, also again: what was read before is dropped. A folder without the file is an empty list.
 * After a failure the list is empty: nobody is allowed. Wide permissions are told only at the first
 * time. */
int pb_allowlist_read(struct pb_allowlist *list, const char *folder,
                      const struct pb_table_report *report, struct pb_error *error) PB_CHECKED;

/* True if the file has changed (or come, or gone) since it was read, also after a read that failed.
 * One stat(2). */
bool pb_allowlist_changed(const struct pb_allowlist *list);

/* The name of whoever has this key, lent until the next read; NULL: not allowed. */
const char *pb_allowlist_name(const struct pb_allowlist *list, const char *cipher,
                              const char *public_key);

void pb_allowlist_free(struct pb_allowlist *list);

/* What became of a row that was to be added. */
enum pb_allowlist_outcome {
    PB_ALLOWLIST_ADDED,
    PB_ALLOWLIST_THERE,     /* the same row was there already */
    PB_ALLOWLIST_KEY_USED,  /* this key belongs to `other` */
    PB_ALLOWLIST_NAME_USED, /* claimed rows only: the name has another key of this cipher */
    PB_ALLOWLIST_DISPUTED,  /* claimed rows only: entries claim one name with two keys, or one key
                               with two names */
    PB_ALLOWLIST_BAD        /* name, cipher or key is none: see why */
};

struct pb_allowlist_entry {
    const char *name, *cipher, *public_key; /* lent */
    enum pb_allowlist_outcome outcome;
    char other[PB_FIELD_NAME_MAX + 1];
    char why[128];
};

/* Adds what can be added, in one write, and tells of each what became of it. claimed: the names are
 * what strangers called themselves, so none of them gets a second key, and of entries that
 * contradict each other none is taken. PB_OK also when no row could be added. */
int pb_allowlist_add(const char *folder, struct pb_allowlist_entry *entries, size_t count,
                     bool claimed, const struct pb_table_report *report,
                     struct pb_error *error) PB_CHECKED;

/* Drops every row of this name, and rows of others with the same keys (which were not in force).
 * PB_NOT_FOUND: there is none. */
int pb_allowlist_remove(const char *folder, const char *name, size_t *removed,
                        const struct pb_table_report *report, struct pb_error *error) PB_CHECKED;

extern const struct pb_table_kind pb_allowlist_kind;

#endif
