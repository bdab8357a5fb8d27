/* Who was seen, from where, how often: what refused.csv and clients.csv have in common. Seven
 * columns: ip, cipher, name, public, first seen, last seen, times; a row for each (ip, cipher,
 * public). Sightings are gathered in memory and brought into the file in one write. */
#ifndef PLUGBOARD_SEEN_H
#define PLUGBOARD_SEEN_H

#include "table.h"

struct pb_seen_kind {
    const char *file;
    size_t most; /* rows, and notes; the one not seen for longest goes */
    struct pb_table_kind table;
};

struct pb_seen_note;

/* Zeroed before first use. */
struct pb_seen {
    struct pb_seen_note *notes;
    size_t count, room;
    bool told; /* bad lines and wide permissions are told at the first write only */
};

/* Notes one sighting; what the columns cannot hold is not noted. */
void pb_seen_note(struct pb_seen *seen, const struct pb_seen_kind *kind, const char *ip,
                  const char *cipher, const char *name, const char *public_key, time_t when);

/* Brings the notes into the file, under its lock, and drops them; kept on failure. No notes:
 * nothing happens. */
int pb_seen_write(struct pb_seen *seen, const struct pb_seen_kind *kind, const char *folder,
                  const struct pb_table_report *report, struct pb_error *error) PB_CHECKED;

void pb_seen_free(struct pb_seen *seen);

#endif
