/* One upload. The server keeps it from its name until all is there; so an old file survives every
 * failure. */
#ifndef PLUGBOARD_FTP_STORE_H
#define PLUGBOARD_FTP_STORE_H

#include "remote.h"

struct ftp_store {
    int folder;       /* AT_FDCWD, or where `from` is looked for; lent */
    const char *from; /* here; lent */
    bool follow;      /* links: yes when somebody typed the name */
    const char *to;   /* there; lent */
    bool resume, preserve;
};

int ftp_store_run(struct ftp_remote *remote, const struct ftp_store *store,
                  struct pb_error *error) PB_CHECKED;

#endif
