/* refused.csv: ip, cipher, claimed, public, first_seen, last_seen, times. Who came and was not in
 * allowed.csv, so that `plugboard allow --refused` can take them in. At most 256 rows; the one not
 * seen for longest goes. */
#ifndef PLUGBOARD_REFUSEDLIST_H
#define PLUGBOARD_REFUSEDLIST_H

#include "seen.h"

#define PB_REFUSEDLIST     "refused.csv"
#define PB_REFUSEDLIST_MAX 256

enum {
    PB_REFUSED_IP,
    PB_REFUSED_CIPHER,
    PB_REFUSED_CLAIMED,
    PB_REFUSED_PUBLIC,
    PB_REFUSED_FIRST_SEEN,
    PB_REFUSED_LAST_SEEN,
    PB_REFUSED_TIMES
};

/* What is to be written, gathered in memory. Zeroed before first use. */
struct pb_refusedlist {
    struct pb_seen seen;
};

/* Notes one refusal; no file is touched. ip without port; claimed may be "". The same (ip, cipher,
 * public) again counts up; of the claimed names the latest counts. */
void pb_refusedlist_note(struct pb_refusedlist *list, const char *ip, const char *cipher,
                         const char *claimed, const char *public_key, time_t when);

/* Brings the notes into the file (under the lock: rows that `allow --refused` took meanwhile stay
 * gone) and drops them. Without notes nothing happens. On failure they are kept for the next time.
 */
int pb_refusedlist_write(struct pb_refusedlist *list, const char *folder,
                         const struct pb_table_report *report, struct pb_error *error) PB_CHECKED;

void pb_refusedlist_free(struct pb_refusedlist *list);

/* The rows, in the file's order: pb_table_next, fields by the enum above. pb_table_free is due. */
int pb_refusedlist_read(struct pb_table *table, const char *folder,
                        const struct pb_table_report *report, struct pb_error *error) PB_CHECKED;

/* Drops all rows with this cipher and key. */
struct pb_refusedlist_key {
    const char *cipher, *public_key;
};
int pb_refusedlist_drop(const char *folder, const struct pb_refusedlist_key *keys, size_t count,
                        const struct pb_table_report *report, struct pb_error *error) PB_CHECKED;

extern const struct pb_seen_kind pb_refusedlist_kind;

#endif
