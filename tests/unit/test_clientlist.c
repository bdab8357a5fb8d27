/* clients.csv: who was here, gathered and written at once. (The machinery is that of seen.c.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clientlist.h"
#include "folder.h"

#define HEADER "ip,cipher,name,public,first_seen,last_seen,sessions\n"
#define NOON   1764504000 /* 2025-11-30T12:00:00Z */

static struct pb_clientlist list;

static int enter(void **state)
{
    memset(&list, 0, sizeof list);
    forget_reports();
    return enter_folder(state);
}

static int leave(void **state)
{
    pb_clientlist_free(&list);
    return leave_folder(state);
}

/* Sessions of one (ip, cipher, key) are one row, counted, in memory and with what the file has; the
 * first time stays. */
static void test_count(void **state)
{
    (void)state;
    pb_clientlist_note(&list, "10.0.0.1", "xor", "alice", "k", NOON);
    pb_clientlist_note(&list, "10.0.0.1", "xor", "alice", "k", NOON + 1);
    pb_clientlist_note(&list, "10.0.0.1", "box", "alice", "k", NOON + 1);
    pb_clientlist_note(&list, "::1", "xor", "alice", "k", NOON + 1);
    assert_false(there(PB_CLIENTLIST));
    assert_int_equal(pb_clientlist_write(&list, folder, &report, NULL), PB_OK);
    assert_string_equal(get(PB_CLIENTLIST),
                        HEADER "10.0.0.1,xor,alice,k,2025-11-30T12:00:00Z,2025-11-30T12:00:01Z,2\n"
                               "10.0.0.1,box,alice,k,2025-11-30T12:00:01Z,2025-11-30T12:00:01Z,1\n"
                               "::1,xor,alice,k,2025-11-30T12:00:01Z,2025-11-30T12:00:01Z,1\n");
    pb_clientlist_note(&list, "10.0.0.1", "xor", "alice", "k", NOON + 60);
    assert_int_equal(pb_clientlist_write(&list, folder, &report, NULL), PB_OK);
    assert_non_null(strstr(get(PB_CLIENTLIST),
                           "10.0.0.1,xor,alice,k,2025-11-30T12:00:00Z,2025-11-30T12:01:00Z,3\n"));
}

/* Without notes nothing is written; after a write there are none. */
static void test_nothing(void **state)
{
    (void)state;
    assert_int_equal(pb_clientlist_write(&list, folder, &report, NULL), PB_OK);
    assert_false(there(PB_CLIENTLIST));
    pb_clientlist_note(&list, "::1", "xor", "alice", "k", NOON);
    assert_int_equal(pb_clientlist_write(&list, folder, &report, NULL), PB_OK);
    assert_int_equal(unlink(path_of(PB_CLIENTLIST)), 0);
    assert_int_equal(pb_clientlist_write(&list, folder, &report, NULL), PB_OK);
    assert_false(there(PB_CLIENTLIST));
}

/* When the file cannot be written the notes are kept, and come with the next write. */
static void test_kept(void **state)
{
    (void)state;
    struct pb_error error = {0};
    assert_int_equal(mkdir(path_of(PB_CLIENTLIST ".tmp"), 0700), 0);
    put(PB_CLIENTLIST ".tmp/in-the-way", "");
    pb_clientlist_note(&list, "::1", "xor", "alice", "k", NOON);
    assert_int_equal(pb_clientlist_write(&list, folder, &report, &error), PB_SYSTEM);
    assert_says(&error, path_of(PB_CLIENTLIST));
    assert_int_equal(unlink(path_of(PB_CLIENTLIST ".tmp/in-the-way")), 0);
    assert_int_equal(rmdir(path_of(PB_CLIENTLIST ".tmp")), 0);
    pb_clientlist_note(&list, "::1", "xor", "alice", "k", NOON);
    assert_int_equal(pb_clientlist_write(&list, folder, &report, NULL), PB_OK);
    assert_string_equal(get(PB_CLIENTLIST),
                        HEADER "::1,xor,alice,k,2025-11-30T12:00:00Z,2025-11-30T12:00:00Z,2\n");
}

/* A bad line of the file stays where it is, is told at the first write, and not once a second. */
static void test_bad_line(void **state)
{
    (void)state;
    put(PB_CLIENTLIST, HEADER "bad line\n");
    pb_clientlist_note(&list, "::1", "xor", "?bob, the 2nd", "k", NOON);
    assert_int_equal(pb_clientlist_write(&list, folder, &report, NULL), PB_OK);
    assert_string_equal(
        get(PB_CLIENTLIST), HEADER
        "bad line\n::1,xor,\"?bob, the 2nd\",k,2025-11-30T12:00:00Z,2025-11-30T12:00:00Z,1\n");
    assert_reported(PB_CLIENTLIST ":2: ");
    forget_reports();
    pb_clientlist_note(&list, "::1", "xor", "?bob", "k", NOON);
    assert_int_equal(pb_clientlist_write(&list, folder, &report, NULL), PB_OK);
    assert_string_equal(reported, "");
}

/* What no column can hold is not noted: nothing that a stranger sends can spoil the file. */
static void test_not_noted(void **state)
{
    (void)state;
    pb_clientlist_note(&list, "::1", "../xor", "alice", "k", NOON);
    pb_clientlist_note(&list, "::1", "xor", "al\nice", "k", NOON);
    pb_clientlist_note(&list, "::1", "xor", "alice", "k\x7f", NOON);
    pb_clientlist_note(&list, "", "xor", "alice", "k", NOON);
    assert_int_equal(pb_clientlist_write(&list, folder, &report, NULL), PB_OK);
    assert_false(there(PB_CLIENTLIST));
}

/* A count at its limit stays there and does not begin anew. */
static void test_saturation(void **state)
{
    (void)state;
    put(PB_CLIENTLIST,
        HEADER "::1,xor,alice,k,2025-11-30T12:00:00Z,2025-11-30T12:00:00Z,4294967295\n");
    pb_clientlist_note(&list, "::1", "xor", "alice", "k", NOON);
    assert_int_equal(pb_clientlist_write(&list, folder, &report, NULL), PB_OK);
    assert_non_null(strstr(get(PB_CLIENTLIST), ",4294967295\n"));
}

/* The rows come back as they were noted. */
static void test_read(void **state)
{
    (void)state;
    struct pb_table table = {0};
    pb_clientlist_note(&list, "::1", "xor", "alice", "k", NOON);
    assert_int_equal(pb_clientlist_write(&list, folder, &report, NULL), PB_OK);
    assert_int_equal(pb_clientlist_read(&table, folder, &report, NULL), PB_OK);
    struct pb_table_row *row = pb_table_next(&table, NULL);
    assert_non_null(row);
    assert_string_equal(row->field[PB_CLIENT_NAME], "alice");
    assert_string_equal(row->field[PB_CLIENT_SESSIONS], "1");
    assert_null(pb_table_next(&table, row));
    pb_table_free(&table);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_count),     TEST(test_nothing),    TEST(test_kept), TEST(test_bad_line),
        TEST(test_not_noted), TEST(test_saturation), TEST(test_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
