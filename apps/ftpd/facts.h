/* How one entry of a listing looks. */
#ifndef PLUGBOARD_FTP_FACTS_H
#define PLUGBOARD_FTP_FACTS_H

#include "listing.h"

struct ftp_looked {
    struct stat status; /* of what a link leads to */
    bool link;
    bool writable, read_only; /* the folder it is in; the whole server */
    int folder;
    const char *name; /* in folder */
};

/* "-rw-r--r--   1 ftp      ftp          1234 Nov 21 02:13 "; returns the length. */
size_t ftp_facts_long(char *line, size_t size, const struct stat *status, time_t now);

/* "type=file;size=1234; " */
size_t ftp_facts_write(char *line, size_t size, const struct ftp_looked *looked, unsigned facts);

#endif
