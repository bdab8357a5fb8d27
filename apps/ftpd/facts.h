/* How one entry of a listing looks. */
#ifndef PLUGBOARD_FTP_FACTS_H
#define PLUGBOARD_FTP_FACTS_H

#include "listing.h"

struct ftp_looked {
    struct stat status; /* of what a link leads to */
    bool folder_link; /* an entry of a listing that is a link to a folder: told as a link, or whoever removes or fetches
                       * a whole folder would walk through it to the other one */
    bool link;
    bool writable, read_only; /* the folder it is in; the whole server */
    int folder;
    const char *name; /* in folder */
};

/* "-rw-r--r--   1 ftp      ftp          1234 Nov 21 02:13 "; returns the length. */
size_t ftp_facts_long(char *line, size_t size, const struct ftp_looked *looked, time_t now);

/* "type=file;size=1234; " */
size_t ftp_facts_write(char *line, size_t size, const struct ftp_looked *looked, unsigned facts);

#endif
