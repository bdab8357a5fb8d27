/* The users' file: users.csv with the columns name, password, folder, access. The password is a
 * hash of crypt(3); the folder is below the server's root ("/" for all of it); access is "write" or
 * "read". In a sealed session the password is not looked at. */
#ifndef PLUGBOARD_FTPD_USERS_H
#define PLUGBOARD_FTPD_USERS_H

#include "table.h"

struct ftp_users {
    struct pb_table table;
};

struct ftp_user {
    const char *name, *password, *folder; /* lent by the table */
    bool read_only;
};

/* users: zeroed. A file that is not there is an empty one. */
int ftp_users_read(struct ftp_users *users, const char *path, const struct pb_table_report *report,
                   struct pb_error *error) PB_CHECKED;
void ftp_users_free(struct ftp_users *users);

/* False: there is none of this name. */
bool ftp_users_find(const struct ftp_users *users, const char *name, struct ftp_user *user);

/* Writes or replaces a row. made: whether it is new. folder, access: NULL leaves what was (or "/"
 * and "write"). */
int ftp_users_put(const char *path, const char *name, const char *hash, const char *folder,
                  const char *access, bool *made, struct pb_error *error) PB_CHECKED;

/* ---- passwords ---- */

#define FTP_HASH_MAX 384

/* False: this program was built without libcrypt. */
bool ftp_password_available(void);

/* hash: room for FTP_HASH_MAX. */
int ftp_password_hash(const char *password, char *hash, struct pb_error *error) PB_CHECKED;

/* Takes as long for a user who is not there (hash NULL) as for one who is, and as long for a
 * password that is nearly right as for any other. */
bool ftp_password_check(const char *password, const char *hash);

#endif
