/* keys.csv: a pair that is there is never lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "folder.h"
#include "keyfile.h"

#include <sys/wait.h>

#define HEADER "cipher,public,private\n"

static struct pb_keyfile_pair pair;

static const struct pb_keyfile_pair *pair_of(const char *public_key, const char *private_key)
{
    strcpy(pair.public_key, public_key);
    strcpy(pair.private_key, private_key);
    return &pair;
}

static int leave(void **state)
{
    forget_reports();
    return leave_folder(state);
}

/* A key typed by hand is found under its cipher; another cipher is not there, and nothing is
 * written. */
static void test_find(void **state)
{
    (void)state;
    struct pb_error error = {0};
    put(PB_KEYFILE, "\xef\xbb\xbf" HEADER "xor,p1,s1\r\nrsa, n=3233 e=17, n=3233 e=17 d=2753\r\n");
    assert_int_equal(pb_keyfile_find(folder, "rsa", &pair, &report, NULL), PB_OK);
    assert_string_equal(pair.public_key, "n=3233 e=17");
    assert_string_equal(pair.private_key, "n=3233 e=17 d=2753");
    assert_int_equal(pb_keyfile_find(folder, "box", &pair, &report, &error), PB_NOT_FOUND);
    assert_says(&error, "box");
    assert_int_equal(pb_keyfile_find("/nonexistent", "box", &pair, &report, NULL), PB_NOT_FOUND);
    assert_string_equal(reported, "");
}

/* A line that is meant for the cipher but spoilt is an error, not a missing pair: nobody gets a
 * second pair beside one that only needs a repair. Other ciphers are not kept from their work. */
static void test_spoilt_row(void **state)
{
    (void)state;
    static const char *const spoilt[] = {"rsa,n=3233 e=17\n", "\"rsa\",n=3233 e=17\n",
                                         " rsa,\"n=3233,d\n", "rsa,,\n"};
    for (size_t i = 0; i < sizeof spoilt / sizeof *spoilt; i++) {
        char text[256];
        bool added;
        struct pb_error error = {0};
        snprintf(text, sizeof text, HEADER "%sxor,p1,s1\n", spoilt[i]);
        put(PB_KEYFILE, text);
        assert_int_equal(pb_keyfile_find(folder, "rsa", &pair, &report, &error), PB_FILE);
        assert_says(&error, PB_KEYFILE ":2: ");
        assert_int_equal(pb_keyfile_find(folder, "xor", &pair, &report, NULL), PB_OK);
        assert_int_equal(pb_keyfile_find(folder, "rs", &pair, &report, NULL), PB_NOT_FOUND);
        pair_of("p2", "s2");
        assert_int_equal(pb_keyfile_add(folder, "rsa", &pair, &added, &report, NULL), PB_FILE);
        assert_string_equal(get(PB_KEYFILE), text);
    }
}

/* A missing pair is added below what is there; an existing one is never overwritten but handed
 * back. */
static void test_add(void **state)
{
    (void)state;
    struct stat status;
    bool added;
    pair_of("p1", "s1");
    assert_int_equal(pb_keyfile_add(folder, "xor", &pair, &added, &report, NULL), PB_OK);
    assert_true(added);
    assert_int_equal(stat(path_of(PB_KEYFILE), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    pair_of("p2", "s2");
    assert_int_equal(pb_keyfile_add(folder, "xor", &pair, &added, &report, NULL), PB_OK);
    assert_false(added);
    assert_string_equal(pair.public_key, "p1");
    assert_string_equal(pair.private_key, "s1");
    pair_of("p3", "s3");
    assert_int_equal(pb_keyfile_add(folder, "box", &pair, NULL, &report, NULL), PB_OK);
    assert_string_equal(get(PB_KEYFILE), HEADER "xor,p1,s1\nbox,p3,s3\n");
}

/* What could not be read again is not written. */
static void test_add_bad(void **state)
{
    (void)state;
    pair_of("p\n1", "s1");
    assert_int_equal(pb_keyfile_add(folder, "xor", &pair, NULL, &report, NULL), PB_REFUSED);
    pair_of("p1", "");
    assert_int_equal(pb_keyfile_add(folder, "xor", &pair, NULL, &report, NULL), PB_REFUSED);
    assert_false(there(PB_KEYFILE));
}

/* Replacing keeps each old row in keys.csv.old, once, and leaves the other ciphers alone. */
static void test_replace(void **state)
{
    (void)state;
    struct stat status;
    bool replaced;
    put(PB_KEYFILE, HEADER "xor,p1,s1\nbox,b,c\n");
    assert_int_equal(
        pb_keyfile_replace(folder, "xor", pair_of("p2", "s2"), &replaced, &report, NULL), PB_OK);
    assert_true(replaced);
    assert_int_equal(
        pb_keyfile_replace(folder, "xor", pair_of("p1", "s1"), &replaced, &report, NULL), PB_OK);
    assert_int_equal(
        pb_keyfile_replace(folder, "xor", pair_of("p3", "s3"), &replaced, &report, NULL), PB_OK);
    assert_string_equal(get(PB_KEYFILE), HEADER "xor,p3,s3\nbox,b,c\n");
    assert_string_equal(get(PB_KEYFILE_OLD), HEADER "xor,p1,s1\nxor,p2,s2\n");
    assert_int_equal(stat(path_of(PB_KEYFILE_OLD), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(pb_keyfile_replace(folder, "rsa", pair_of("p", "s"), &replaced, &report, NULL),
                     PB_OK);
    assert_false(replaced);
}

/* Behind a link, each old row goes to one file beside the file that keys.csv really is. */
static void test_replace_behind_link(void **state)
{
    (void)state;
    bool replaced;
    char path[PATH_MAX];
    assert_int_equal(mkdir(path_of("real"), 0700), 0);
    put("real/my-keys.csv", HEADER "xor,p1,s1\n");
    assert_int_equal(symlink("real/my-keys.csv", path_of(PB_KEYFILE)), 0);
    for (int i = 2; i < 5; i++) {
        char public_key[8], private_key[8];
        snprintf(public_key, sizeof public_key, "p%d", i);
        snprintf(private_key, sizeof private_key, "s%d", i);
        assert_int_equal(pb_keyfile_replace(folder, "xor", pair_of(public_key, private_key),
                                            &replaced, &report, NULL),
                         PB_OK);
    }
    assert_string_equal(get("real/my-keys.csv"), HEADER "xor,p4,s4\n");
    assert_string_equal(get("real/my-keys.csv.old"), HEADER "xor,p1,s1\nxor,p2,s2\nxor,p3,s3\n");
    assert_int_equal(pb_keyfile_old_path(path, folder, NULL), PB_OK);
    assert_non_null(strstr(path, "/real/my-keys.csv.old"));
}

/* If the old row cannot be kept, the pair is not replaced. */
static void test_replace_cannot_keep(void **state)
{
    (void)state;
    bool replaced;
    struct pb_error error = {0};
    put(PB_KEYFILE, HEADER "xor,p1,s1\n");
    assert_int_equal(mkdir(path_of(PB_KEYFILE_OLD), 0700), 0);
    assert_int_equal(
        pb_keyfile_replace(folder, "xor", pair_of("p2", "s2"), &replaced, &report, &error),
        PB_FILE);
    assert_says(&error, PB_KEYFILE_OLD);
    assert_string_equal(get(PB_KEYFILE), HEADER "xor,p1,s1\n");
}

/* Processes that all miss a pair and make one agree on one: the first that is written is
 * everybody's. */
static void test_race(void **state)
{
    (void)state;
    enum { RACERS = 6 };
    int status;
    for (int i = 0; i < RACERS; i++)
        if (fork() == 0) {
            bool added;
            char mine[32], other[32];
            snprintf(mine, sizeof mine, "p%d", i);
            snprintf(other, sizeof other, "box%d", i);
            pair_of(mine, "s");
            if (pb_keyfile_add(folder, "xor", &pair, &added, NULL, NULL) != PB_OK ||
                added != (strcmp(pair.public_key, mine) == 0))
                _exit(1);
            strcpy(mine, pair.public_key);
            if (pb_keyfile_add(folder, other, &pair, &added, NULL, NULL) != PB_OK || !added)
                _exit(2);
            _exit(pb_keyfile_find(folder, "xor", &pair, NULL, NULL) == PB_OK &&
                          strcmp(pair.public_key, mine) == 0
                      ? 0
                      : 3);
        }
    for (int i = 0; i < RACERS; i++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    size_t lines = 0;
    for (const char *at = get(PB_KEYFILE); (at = strchr(at, '\n')); at++)
        lines++;
    assert_int_equal(lines, 1 + 1 + RACERS);
}

/* No copy of a private key is left in the caller's pair. */
static void test_wipe(void **state)
{
    (void)state;
    static const struct pb_keyfile_pair zero;
    memset(&pair, 'x', sizeof pair);
    pb_keyfile_wipe(&pair);
    assert_memory_equal(&pair, &zero, sizeof pair);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_find),    TEST(test_spoilt_row),          TEST(test_add),  TEST(test_add_bad),
        TEST(test_replace), TEST(test_replace_behind_link), TEST(test_replace_cannot_keep), TEST(test_race), TEST(test_wipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
