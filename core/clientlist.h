/* clients.csv: ip, cipher, name, public, first_seen, last_seen, sessions. Who talked to this
 * server: a row for each (ip, cipher, public). At most 10,000 rows; the one not seen for longest
 * goes. */
#ifndef PLUGBOARD_CLIENTLIST_H
#define PLUGBOARD_CLIENTLIST_H

#include "seen.h"

#define PB_CLIENTLIST     "clients.csv"
#define PB_CLIENTLIST_MAX 10000

enum {
    PB_CLIENT_IP,
    PB_CLIENT_CIPHER,
    PB_CLIENT_NAME,
    PB_CLIENT_PUBLIC,
    PB_CLIENT_FIRST_SEEN,
    PB_CLIENT_LAST_SEEN,
    PB_CLIENT_SESSIONS
};

/* What is to be written, gathered in memory. Zeroed before first use. */
struct pb_clientlist {
    struct pb_seen seen;
};

/* Notes one session that joined; no file is touched. ip without port; name as shown in the log
 * ("alice", "?bob"). */
void pb_clientlist_note(struct pb_clientlist *list, const char *ip, const char *cipher,
                        const char *name, const char *public_key, time_t when);

/* Brings the notes into the file and drops them. Without notes nothing happens. On failure they are
 * kept for the next time. */
int pb_clientlist_write(struct pb_clientlist *list, const char *folder,
                        const struct pb_table_report *report, struct pb_error *error) PB_CHECKED;

void pb_clientlist_free(struct pb_clientlist *list);

/* The rows, in the file's order: pb_table_next, fields by the enum above. pb_table_free is due. */
int pb_clientlist_read(struct pb_table *table, const char *folder,
                       const struct pb_table_report *report, struct pb_error *error) PB_CHECKED;

extern const struct pb_seen_kind pb_clientlist_kind;

#endif
