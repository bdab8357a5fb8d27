/* users.csv, and passwords by crypt(3). */
#include "users.h"

#include <string.h>

enum { NAME, PASSWORD, FOLDER, ACCESS };

static const char *check_hash(const char *text, size_t size)
{
    if (size > 0 && (size < 8 || text[0] != '$'))
        return "is not a hash of crypt(3): write it with 'plugboard ftp-user NAME'";
    return NULL;
}

static const char *check_folder(const char *text, size_t size)
{
    return size == 0 || text[0] == '/' ? NULL : "does not begin with /, which is the server's root";
}

static const char *check_access(const char *text, size_t size)
{
    (void)size;
    return strcmp(text, "write") == 0 || strcmp(text, "read") == 0
               ? NULL
               : "is neither 'write' nor 'read'";
}

static const struct pb_table_kind kind = {
    .columns = {"name", "password", "folder", "access"},
    .check = {pb_field_name, check_hash, check_folder, check_access},
    .unique = 1 << NAME,
};

int ftp_users_read(struct ftp_users *users, const char *path, const struct pb_table_report *report,
                   struct pb_error *error)
{
    pb_table_free(&users->table);
    return pb_table_read(&users->table, &kind, path, report, error);
}

void ftp_users_free(struct ftp_users *users)
{
    pb_table_free(&users->table);
}

static struct pb_table_row *find_row(const struct pb_table *table, const char *name)
{
    for (struct pb_table_row *row = NULL; (row = pb_table_next(table, row));)
        if (strcmp(row->field[NAME], name) == 0)
            return row;
    return NULL;
}

bool ftp_users_find(const struct ftp_users *users, const char *name, struct ftp_user *user)
{
    const struct pb_table_row *row = find_row(&users->table, name);
    if (!row)
        return false;
    *user = (struct ftp_user){
        .name = row->field[NAME],
        .password = row->field[PASSWORD],
        .folder = row->field[FOLDER],
        .read_only = strcmp(row->field[ACCESS], "read") == 0,
    };
    return true;
}

int ftp_users_put(const char *path, const char *name, const char *hash, const char *folder,
                  const char *access, bool *made, struct pb_error *error)
{
    struct pb_table table = {0};
    int result = pb_table_begin(&table, &kind, path, NULL, error);
    if (result != PB_OK)
        goto out;
    struct pb_table_row *row = find_row(&table, name);
    const char *fields[] = {name, hash,
                            folder ? folder
                            : row  ? row->field[FOLDER]
                                   : "/",
                            access ? access
                            : row  ? row->field[ACCESS]
                                   : "write"};
    *made = row == NULL;
    result = row ? pb_table_set(&table, row, fields, error) : pb_table_add(&table, fields, error);
    if (result == PB_OK)
        result = pb_table_commit(&table, error);
out:
    pb_table_free(&table);
    return result;
}
