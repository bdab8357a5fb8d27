/* refused.csv: at most 256 rows, and nothing that was taken in comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "folder.h"
#include "refusedlist.h"

#define HEADER "ip,cipher,claimed,public,first_seen,last_seen,times\n"
#define NOON   1764504000 /* 2025-11-30T12:00:00Z */

static struct pb_refusedlist list;
static struct pb_table table;

static int enter(void **state)
{
    memset(&list, 0, sizeof list);
    forget_reports();
    return enter_folder(state);
}

static int leave(void **state)
{
    pb_refusedlist_free(&list);
    pb_table_free(&table);
    return leave_folder(state);
}

static void note(int number, time_t when)
{
    char key[32];
    snprintf(key, sizeof key, "k%d", number);
    pb_refusedlist_note(&list, "::1", "xor", "somebody", key, when);
}

static void write_list(void)
{
    assert_int_equal(pb_refusedlist_write(&list, folder, &report, NULL), PB_OK);
}

/* How many rows the file has, and the row with this key. */
static size_t rows_with(const char *key, const struct pb_table_row **with)
{
    size_t count = 0;
    *with = NULL;
    pb_table_free(&table);
    assert_int_equal(pb_refusedlist_read(&table, folder, &report, NULL), PB_OK);
    for (struct pb_table_row *row = NULL; (row = pb_table_next(&table, row)); count++)
        if (strcmp(row->field[PB_REFUSED_PUBLIC], key) == 0)
            *with = row;
    return count;
}

/* Somebody who comes again is one row, counted; of the names that he claims the latest counts; no
 * name is a name. */
static void test_again(void **state)
{
    (void)state;
    pb_refusedlist_note(&list, "::1", "xor", "", "k", NOON);
    pb_refusedlist_note(&list, "::1", "xor", "alcie", "k", NOON + 1);
    write_list();
    pb_refusedlist_note(&list, "::1", "xor", "alice", "k", NOON + 2);
    pb_refusedlist_note(&list, "::1", "xor", "", "k2", NOON + 2);
    write_list();
    assert_string_equal(get(PB_REFUSEDLIST),
                        HEADER "::1,xor,alice,k,2025-11-30T12:00:00Z,2025-11-30T12:00:02Z,3\n"
                               "::1,xor,\"\",k2,2025-11-30T12:00:02Z,2025-11-30T12:00:02Z,1\n");
}

/* The 257th lets the one go that was not seen for longest, in the file and already in memory. */
static void test_oldest_goes(void **state)
{
    (void)state;
    const struct pb_table_row *row;
    for (int i = 0; i < PB_REFUSEDLIST_MAX; i++)
        note(i, NOON + i);
    note(0, NOON + 1000); /* the first is not the oldest any more */
    write_list();
    assert_int_equal(rows_with("k1", &row), PB_REFUSEDLIST_MAX);
    assert_non_null(row);
    note(1000, NOON + 1001);
    write_list();
    assert_int_equal(rows_with("k1", &row), PB_REFUSEDLIST_MAX);
    assert_null(row);
    rows_with("k0", &row);
    assert_non_null(row);

    for (int i = 0; i < 3 * PB_REFUSEDLIST_MAX; i++) /* a flood between two writes */
        note(2000 + i, NOON + 2000 + i);
    write_list();
    assert_int_equal(rows_with("k2767", &row), PB_REFUSEDLIST_MAX);
    assert_non_null(row);
    rows_with("k2511", &row);
    assert_null(row);
    rows_with("k2512", &row);
    assert_non_null(row);
}

/* What another program drops from the file stays gone when the server writes again. */
static void test_drop(void **state)
{
    (void)state;
    const struct pb_table_row *row;
    note(1, NOON);
    note(2, NOON);
    pb_refusedlist_note(&list, "10.0.0.1", "xor", "somebody", "k1", NOON);
    pb_refusedlist_note(&list, "10.0.0.1", "box", "somebody", "k1", NOON);
    write_list();
    assert_int_equal(
        pb_refusedlist_drop(folder, &(struct pb_refusedlist_key){"xor", "k1"}, 1, &report, NULL),
        PB_OK);
    note(3, NOON);
    write_list();
    assert_int_equal(rows_with("k1", &row), 3);
    assert_non_null(row);
    assert_string_equal(row->field[PB_REFUSED_CIPHER], "box");
    assert_int_equal(pb_refusedlist_drop(folder, &(struct pb_refusedlist_key){"xor", "nobody"}, 1,
                                         &report, NULL),
                     PB_OK);
    assert_int_equal(rows_with("k1", &row), 3);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_again), TEST(test_oldest_goes), TEST(test_drop)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
