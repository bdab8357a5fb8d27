/* A folder to serve, with a secret beside it that no client may see or change. */
#ifndef PLUGBOARD_TEST_FTP_PLACE_H
#define PLUGBOARD_TEST_FTP_PLACE_H

#include "ftpd/root.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SECRET "nobody below the root sees this"

struct place {
    char folder[64]; /* holds root/, rootlike/, secret */
    struct ftp_root root;
};

static inline const char *place_path(const struct place *place, const char *name)
{
    static char path[4][8192];
    static unsigned turn;
    char *to = path[turn++ % 4];
    snprintf(to, sizeof *path, "%s/%s", place->folder, name);
    return to;
}

static inline void place_write(const struct place *place, const char *name, const char *text)
{
    FILE *file = fopen(place_path(place, name), "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* "" if it is not there. */
static inline const char *place_read(const struct place *place, const char *name)
{
    static char text[65536];
    FILE *file = fopen(place_path(place, name), "r");
    size_t size = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file)
        fclose(file);
    text[size] = 0;
    return text;
}

static inline bool place_has(const struct place *place, const char *name)
{
    struct stat status;
    return lstat(place_path(place, name), &status) == 0;
}

/* Entries of a folder, hidden ones too. */
static inline int place_count(const struct place *place, const char *name)
{
    int count = 0;
    DIR *folder = opendir(place_path(place, name));
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(folder);
    return count;
}

static inline void place_link(const struct place *place, const char *target, const char *name)
{
    assert_int_equal(symlink(target, place_path(place, name)), 0);
}

/* cmocka's set-up: root/ is empty. */
static inline int place_make(void **state)
{
    struct pb_error error = {0};
    struct place *place = calloc(1, sizeof *place);
    umask(022);
    snprintf(place->folder, sizeof place->folder, "/tmp/plugboard-ftp-XXXXXX");
    if (!mkdtemp(place->folder) || mkdir(place_path(place, "root"), 0755) < 0 ||
        mkdir(place_path(place, "rootlike"), 0755) < 0)
        return -1;
    place_write(place, "secret", SECRET);
    place_write(place, "rootlike/secret", SECRET);
    *state = place;
    return ftp_root_open(&place->root, place_path(place, "root"), false, &error) == PB_OK ? 0 : -1;
}

static inline int place_remove_one(const char *path, const struct stat *status, int what,
                                   struct FTW *where)
{
    (void)status, (void)what, (void)where;
    return remove(path);
}

/* cmocka's clean-up: also looks whether the secret is what it was, and alone. */
static inline int place_remove(void **state)
{
    struct place *place = *state;
    bool good = strcmp(place_read(place, "secret"), SECRET) == 0 &&
                strcmp(place_read(place, "rootlike/secret"), SECRET) == 0 &&
                place_count(place, "") == 3 && place_count(place, "rootlike") == 1;
    ftp_root_close(&place->root);
    if (chdir("/") < 0 || nftw(place->folder, place_remove_one, 16, FTW_DEPTH | FTW_PHYS) < 0)
        good = false;
    free(place);
    if (!good)
        fprintf(stderr, "something outside the root was changed\n");
    return good ? 0 : -1;
}

#define PLACE_TEST(function) cmocka_unit_test_setup_teardown(function, place_make, place_remove)

#endif
