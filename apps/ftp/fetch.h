/* One download: to a part (part.h), verified, then under its name. In two steps, so that the
 * command for the next file can be on its way while the data of this one come:
 *
 *     ftp_fetch_open   the part here
 *     ftp_fetch_say    the commands (sealed; in plain FTP nothing can be said ahead)
 *     ftp_fetch_take   the data, the checks, the name
 *     ftp_fetch_close  in any case; before ftp_fetch_take: ftp_remote_tidy(remote, fetch->due)
 */
#ifndef PLUGBOARD_FTP_FETCH_H
#define PLUGBOARD_FTP_FETCH_H

#include "part.h"
#include "remote.h"

struct ftp_fetch {
    const char *from; /* the name as the server knows it; lent */
    struct ftp_part part;
    bool resume, preserve;
    bool has_size; /* known from a listing */
    uint64_t size;
    int64_t time; /* -1: not known */

    bool said, ask_size, ask_time, ask_hash;
    int due;    /* replies that are to come */
    bool whole; /* all was here already: only to be verified */
    atomic_uint_least64_t count;
};

/* from is lent. Sets size and time to "not known". */
int ftp_fetch_open(struct ftp_fetch *fetch, const char *from, int folder, const char *name,
                   bool resume, struct pb_error *error) PB_CHECKED;
int ftp_fetch_say(struct ftp_remote *remote, struct ftp_fetch *fetch,
                  struct pb_error *error) PB_CHECKED;
int ftp_fetch_take(struct ftp_remote *remote, struct ftp_fetch *fetch,
                   struct pb_error *error) PB_CHECKED;
void ftp_fetch_close(struct ftp_fetch *fetch);

#endif
