/* What the tests of CSV files share: a folder for each test, files in it, and what was reported. */
#ifndef PLUGBOARD_TEST_FOLDER_H
#define PLUGBOARD_TEST_FOLDER_H

#include "table.h"

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static int enter_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/plugboard-test-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *at)
{
    (void)status;
    (void)type;
    (void)at;
    return remove(path);
}

static int leave_folder(void **state)
{
    (void)state;
    return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

static inline const char *path_of(const char *name)
{
    static char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static inline void put_bytes(const char *name, const void *bytes, size_t size)
{
    FILE *file = fopen(path_of(name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path_of(name), 0600), 0);
}

static inline void put(const char *name, const char *text)
{
    put_bytes(name, text, strlen(text));
}

/* The whole file as text; "" if it is not there. */
static inline const char *get(const char *name)
{
    static char text[1 << 20];
    FILE *file = fopen(path_of(name), "rb");
    size_t size = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file)
        fclose(file);
    text[size] = 0;
    return text;
}

static inline bool there(const char *name)
{
    return access(path_of(name), F_OK) == 0;
}

/* What was reported, a line each. */
static char reported[1 << 16];

static void keep(void *context, const char *sentence)
{
    (void)context;
    size_t used = strlen(reported);
    snprintf(reported + used, sizeof reported - used, "%s\n", sentence);
}

static const struct pb_table_report report = {.say = keep};

static inline void assert_reported(const char *part)
{
    if (!strstr(reported, part))
        fail_msg("'%s' was not reported, but:\n%s", part, reported);
}

static inline void assert_says(const struct pb_error *error, const char *part)
{
    if (!strstr(error->text, part))
        fail_msg("the sentence is '%s', without '%s'", error->text, part);
}

static inline void forget_reports(void)
{
    reported[0] = 0;
}

#endif
