/* One line of a listing, whatever its kind: MLSD (RFC 3659), or `ls -l` as most servers print it.
 * No socket, no memory of its own: the line in, an entry out. */
#ifndef PLUGBOARD_FTP_CLIENT_FACTS_H
#define PLUGBOARD_FTP_CLIENT_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ftp_facts_type {
    FTP_FACTS_UNKNOWN,
    FTP_FACTS_FILE,
    FTP_FACTS_FOLDER,
    FTP_FACTS_SELF,
    FTP_FACTS_OTHER
};

struct ftp_facts {
    enum ftp_facts_type type; /* SELF: the folder itself or the one above */
    bool has_size, has_time, has_mode;
    uint64_t size;
    int64_t time;     /* seconds since 1970, UTC */
    unsigned mode;    /* 0 to 0777 */
    const char *name; /* lent: points into the line */
    size_t name_size;
};

/* "type=file;size=3;modify=20260101120000; a name". False: it is not such a line. */
bool ftp_facts_mlsd(struct ftp_facts *facts, const char *line, size_t size);

/* "-rw-r--r--   1 owner group  3 Jan 01 12:00 a name". The time is not read: it has no year, or no
 * hour. A link is OTHER, its name ends before " -> ". False: it is not such a line ("total 12"). */
bool ftp_facts_unix(struct ftp_facts *facts, const char *line, size_t size);

/* YYYYMMDDHHMMSS, a fraction is skipped; what MDTM says. */
bool ftp_facts_time(const char *text, size_t size, int64_t *time);

/* Can a name from a server become the name of a file here, in a folder of our choice? Nothing with
 * a slash, no ".", "..", nothing empty, too long, or with a control character; and not the name of
 * a part of ours (part.h). NULL: yes. Otherwise what is wrong with it: "contains a slash". */
const char *ftp_facts_unsafe(const char *name, size_t size);

#endif
