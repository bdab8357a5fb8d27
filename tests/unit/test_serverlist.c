/* servers.csv: a known key, a new one, another one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "folder.h"
#include "serverlist.h"

#include <errno.h>

#define HEADER "host,port,cipher,public,first_seen\n"
#define NOON   1764504000 /* 2025-11-30T12:00:00Z */

static int leave(void **state)
{
    forget_reports();
    return leave_folder(state);
}

static enum pb_serverlist_verdict verdict_of(const char *host, uint16_t port, const char *cipher,
                                             const char *key)
{
    enum pb_serverlist_verdict verdict;
    assert_int_equal(
        pb_serverlist_check(folder, host, port, cipher, key, &verdict, NULL, &report, NULL), PB_OK);
    return verdict;
}

static void record(const char *host, uint16_t port, const char *cipher, const char *key)
{
    assert_int_equal(pb_serverlist_record(folder, host, port, cipher, key, NOON, &report, NULL),
                     PB_OK);
}

/* New until it is recorded, then known; looking changes nothing. Host, port and cipher each make
 * another server. */
static void test_verdicts(void **state)
{
    (void)state;
    assert_int_equal(verdict_of("h", 1, "xor", "k"), PB_SERVERLIST_NEW);
    assert_false(there(PB_SERVERLIST));
    record("h", 1, "xor", "k");
    assert_string_equal(get(PB_SERVERLIST), HEADER "h,1,xor,k,2025-11-30T12:00:00Z\n");
    assert_int_equal(verdict_of("h", 1, "xor", "k"), PB_SERVERLIST_KNOWN);
    assert_int_equal(verdict_of("H", 1, "xor", "k"), PB_SERVERLIST_KNOWN);
    assert_int_equal(verdict_of("h", 2, "xor", "k"), PB_SERVERLIST_NEW);
    assert_int_equal(verdict_of("h", 1, "box", "k"), PB_SERVERLIST_NEW);
    assert_int_equal(verdict_of("g", 1, "xor", "k"), PB_SERVERLIST_NEW);
    assert_int_equal(verdict_of("h", 1, "xor", "K"), PB_SERVERLIST_CHANGED);
}

/* Of a changed key the old one is told and since when it was known. */
static void test_known(void **state)
{
    (void)state;
    struct pb_serverlist_known known;
    enum pb_serverlist_verdict verdict;
    put(PB_SERVERLIST, HEADER "h,1,xor,old key,2025-01-02T03:04:05Z\n");
    assert_int_equal(
        pb_serverlist_check(folder, "h", 1, "xor", "new key", &verdict, &known, &report, NULL),
        PB_OK);
    assert_int_equal(verdict, PB_SERVERLIST_CHANGED);
    assert_string_equal(known.public_key, "old key");
    assert_string_equal(known.since, "2025-01-02T03:04:05Z");
}

/* Recording the same again writes nothing; another key is refused and the old one stays. */
static void test_record_again(void **state)
{
    (void)state;
    struct stat before, after;
    struct pb_error error = {0};
    record("h", 1, "xor", "k");
    assert_int_equal(stat(path_of(PB_SERVERLIST), &before), 0);
    assert_int_equal(pb_serverlist_record(folder, "h", 1, "xor", "k", NOON + 60, &report, NULL),
                     PB_OK);
    assert_int_equal(stat(path_of(PB_SERVERLIST), &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(pb_serverlist_record(folder, "h", 1, "xor", "k2", NOON, &report, &error),
                     PB_REFUSED);
    assert_says(&error, "2025-11-30T12:00:00Z");
    assert_string_equal(get(PB_SERVERLIST), HEADER "h,1,xor,k,2025-11-30T12:00:00Z\n");
}

/* Forgetting takes one port or all of a host, whatever the cipher, and nobody else's; what is not
 * there is said. */
static void test_forget(void **state)
{
    (void)state;
    size_t forgotten;
    struct pb_error error = {0};
    put(PB_SERVERLIST, HEADER "h,1,xor,a,2025-01-02T03:04:05Z\nh,1,box,b,2025-01-02T03:04:05Z\nh,1,"
                              "xor,c,2025-01-02T03:04:05Z\n"
                              "H,2,xor,d,2025-01-02T03:04:05Z\nhh,1,xor,e,2025-01-02T03:04:05Z\n");
    assert_int_equal(pb_serverlist_forget(folder, "h", 1, &forgotten, &report, NULL), PB_OK);
    assert_int_equal(forgotten, 3); /* with the row that clashed: it would be in force now */
    assert_int_equal(verdict_of("h", 1, "xor", "z"), PB_SERVERLIST_NEW);
    assert_int_equal(pb_serverlist_forget(folder, "h", 1, &forgotten, &report, &error),
                     PB_NOT_FOUND);
    assert_says(&error, "h, port 1");
    assert_int_equal(pb_serverlist_forget(folder, "h", 0, &forgotten, &report, NULL), PB_OK);
    assert_int_equal(forgotten, 1);
    assert_string_equal(get(PB_SERVERLIST), HEADER "hh,1,xor,e,2025-01-02T03:04:05Z\n");
}

/* A file that cannot be read is an error, never "new": it must not make anybody trust another key.
 */
static void test_broken_file(void **state)
{
    (void)state;
    enum pb_serverlist_verdict verdict;
    struct pb_error error = {0};
    put(PB_SERVERLIST, "h,1,xor,a,2025-01-02T03:04:05Z\n");
    assert_int_equal(
        pb_serverlist_check(folder, "h", 1, "xor", "b", &verdict, NULL, &report, &error), PB_FILE);
    assert_says(&error, "`host,port,cipher,public,first_seen`");
}

/* A folder that cannot be written to: the sentence has path and reason. */
static void test_cannot_write(void **state)
{
    (void)state;
    char file[PATH_MAX];
    struct pb_error error = {0};
    put("file", "");
    strcpy(file, path_of("file"));
    assert_int_equal(pb_serverlist_record(file, "h", 1, "xor", "k", NOON, &report, &error),
                     PB_SYSTEM);
    assert_says(&error, file);
    assert_says(&error, strerror(ENOTDIR));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_verdicts), TEST(test_known),       TEST(test_record_again),
        TEST(test_forget),   TEST(test_broken_file), TEST(test_cannot_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
