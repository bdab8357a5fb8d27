/* CSV files: what is read, what is reported, and that nothing is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "folder.h"
#include "table.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>

static const struct pb_table_kind kind = {
    .columns = {"name", "cipher", "public"},
    .check = {pb_field_name, pb_field_cipher, pb_field_key},
    .unique = 1 << 1 | 1 << 2,
};

static struct pb_table table;

static int parse(const char *text)
{
    forget_reports();
    pb_table_free(&table);
    return pb_table_parse(&table, &kind, "allowed.csv", text, strlen(text), false, &report, NULL);
}

/* The good rows' names, a letter each. */
static const char *names(void)
{
    static char text[64];
    size_t used = 0;
    for (struct pb_table_row *row = NULL; (row = pb_table_next(&table, row));)
        text[used++] = row->field[0][0];
    text[used] = 0;
    return text;
}

static size_t count_rows(void)
{
    size_t count = 0;
    for (struct pb_table_row *row = NULL; (row = pb_table_next(&table, row));)
        count++;
    return count;
}

static int leave(void **state)
{
    pb_table_free(&table);
    forget_reports();
    return leave_folder(state);
}

/* Rows come in the file's order with the numbers of their lines; blank lines, a byte order mark,
 * CRLF and a missing last newline do no harm. */
static void test_rows(void **state)
{
    (void)state;
    assert_int_equal(
        parse(
            "\xef\xbb\xbfname,cipher,public\r\n\r\na,xor,k1\r\n\n\"b\", xor ,\"k,2\"\r\nc,box,k1"),
        PB_OK);
    assert_string_equal(names(), "abc");
    struct pb_table_row *row = pb_table_next(&table, NULL);
    assert_int_equal(row->line, 3);
    row = pb_table_next(&table, row);
    assert_int_equal(row->line, 5);
    assert_string_equal(row->field[1], "xor");
    assert_string_equal(row->field[2], "k,2");
    assert_string_equal(reported, "");
}

/* A bad row is named with its line and what is wrong with it; the good ones round it are there all
 * the same. */
static void test_bad_rows(void **state)
{
    (void)state;
    static const struct {
        const char *line, *why;
    } bad[] = {
        {"x,xor", "2 columns instead of 3 (name,cipher,public)"},
        {"x,xor,k,more", "4 columns instead of 3"},
        {"\"x,xor,k", "quotes are left open"},
        {"x,xor,\"k\"k", "quotes"},
        {"x,xor,", "public is empty"},
        {",xor,k", "name is empty"},
        {"x,XOR,k", "cipher is not the name of a cipher"},
        {"x,xor,k\x01", "public is not a key"},
        {"x,xor,k\rx", "carriage return"},
        {"x,1,2,3,4,5,6,7,8,9,10", "11 columns"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[256];
        snprintf(text, sizeof text, "name,cipher,public\na,xor,k1\n%s\nb,xor,k2\n", bad[i].line);
        assert_int_equal(parse(text), PB_OK);
        assert_string_equal(names(), "ab");
        assert_reported("allowed.csv:3: ");
        assert_reported(bad[i].why);
    }
}

/* A NUL byte and a line of 10 MB are bad rows like any other. */
static void test_hostile_lines(void **state)
{
    (void)state;
    enum { LONG = 10 << 20 };
    static const char head[] = "name,cipher,public\na,xor,k1\nx,xor,k\0k\n",
                      tail[] = "\nb,xor,k2\n";
    char *text = malloc(sizeof head + LONG + sizeof tail);
    assert_non_null(text);
    memcpy(text, head, sizeof head - 1);
    memset(text + sizeof head - 1, 'x', LONG);
    memcpy(text + sizeof head - 1 + LONG, tail, sizeof tail - 1);
    assert_int_equal(pb_table_parse(&table, &kind, "allowed.csv", text,
                                    sizeof head + LONG + sizeof tail - 2, false, &report, NULL),
                     PB_OK);
    assert_string_equal(names(), "ab");
    assert_reported("allowed.csv:3: the line has a NUL byte");
    assert_reported("allowed.csv:4: the line is too long");
    free(text);
}

/* Without its header a file is not guessed at: the sentence says the line that should be there. An
 * empty file has no rows. */
static void test_header(void **state)
{
    (void)state;
    static const char *const wrong[] = {"a,xor,k1\n", "name,public,cipher\na,k1,xor\n",
                                        "name,cipher\n", "\"open\nname,cipher,public\n",
                                        "Name,cipher,public\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct pb_error error = {0};
        pb_table_free(&table);
        assert_int_equal(pb_table_parse(&table, &kind, "allowed.csv", wrong[i], strlen(wrong[i]),
                                        false, &report, &error),
                         PB_FILE);
        assert_says(&error, "allowed.csv:1: ");
        assert_says(&error, "`name,cipher,public`");
        assert_string_equal(names(), "");
    }
    assert_int_equal(parse(""), PB_OK);
    assert_int_equal(parse("\n\r\n"), PB_OK);
    assert_int_equal(parse("\n\nname,cipher,public\na,xor,k"), PB_OK);
    assert_string_equal(names(), "a");
    assert_int_equal(pb_table_next(&table, NULL)->line, 4);
}

/* Where the header is optional, rows count from the first line, and a header is not taken for a
 * row. */
static void test_optional_header(void **state)
{
    (void)state;
    static const char *const texts[] = {"a,xor,k1\nb,xor,k2\n",
                                        "name,cipher,public\na,xor,k1\nb,xor,k2\n"};
    for (size_t i = 0; i < 2; i++) {
        pb_table_free(&table);
        assert_int_equal(
            pb_table_parse(&table, &kind, "it", texts[i], strlen(texts[i]), true, &report, NULL),
            PB_OK);
        assert_string_equal(names(), "ab");
    }
    assert_string_equal(reported, "");
}

/* Of rows that clash the first stands, the others are bad; both lines are named. */
static void test_clash(void **state)
{
    (void)state;
    assert_int_equal(
        parse("name,cipher,public\na,xor,k1\nb,xor,k2\nc,xor,k1\nd,box,k1\ne,xor,k1\n"), PB_OK);
    assert_string_equal(names(), "abd");
    assert_reported("allowed.csv:4: the same cipher, public as in line 2");
    assert_reported("allowed.csv:6: the same cipher, public as in line 2");
}

/* Many bad rows do not flood: some are told, then how many more. */
static void test_many_bad(void **state)
{
    (void)state;
    char text[4096] = "name,cipher,public\n";
    for (int i = 0; i < PB_TABLE_REPORTS_MAX + 5; i++)
        strcat(text, "bad\n");
    strcat(text, "a,xor,k1\n");
    assert_int_equal(parse(text), PB_OK);
    assert_string_equal(names(), "a");
    assert_reported("and 5 more");
    size_t lines = 0;
    for (const char *at = reported; (at = strchr(at, '\n')); at++)
        lines++;
    assert_int_equal(lines, PB_TABLE_REPORTS_MAX + 1);
}

/* More lines than a list can have, and a file that is too large, are refused before they eat the
 * memory. */
static void test_too_much(void **state)
{
    (void)state;
    struct pb_error error = {0};
    size_t size = PB_TABLE_FILE_MAX + 1;
    char *text = malloc(size);
    assert_non_null(text);
    memset(text, '\n', size);
    memcpy(text, "name,cipher,public\n", 19);
    assert_int_equal(pb_table_parse(&table, &kind, "it", text, size, false, &report, &error),
                     PB_FILE);
    pb_table_free(&table);
    error.status = PB_OK;
    assert_int_equal(pb_table_parse(&table, &kind, "it", text, size - 1, false, &report, &error),
                     PB_FILE);
    assert_says(&error, "more than 100000 lines");
    pb_table_free(&table);
    error.status = PB_OK;
    put_bytes("t.csv", text, size);
    assert_int_equal(pb_table_read(&table, &kind, path_of("t.csv"), &report, &error), PB_FILE);
    assert_says(&error, "larger than");
    free(text);
}

/* Writing keeps every line that was not touched, byte for byte: bad ones, blank ones, quoted ones.
 */
static void test_keeps_lines(void **state)
{
    (void)state;
    put("t.csv",
        "name,cipher,public\n\"a\",xor,\"k1\"\n\nonly two,xor\n\"open,xor,k\nb,xor,k2\r\nc,xor,k3");
    assert_int_equal(pb_table_begin(&table, &kind, path_of("t.csv"), &report, NULL), PB_OK);
    struct pb_table_row *row = pb_table_next(&table, pb_table_next(&table, NULL));
    assert_int_equal(
        pb_table_set(&table, row, (const char *[]){row->field[0], "box", row->field[2]}, NULL),
        PB_OK);
    assert_int_equal(pb_table_add(&table, (const char *[]){"d,e", "xor", "k 4"}, NULL), PB_OK);
    assert_int_equal(pb_table_commit(&table, NULL), PB_OK);
    assert_string_equal(
        get("t.csv"),
        "name,cipher,public\n\"a\",xor,\"k1\"\n\nonly two,xor\n\"open,xor,k\nb,box,k2\nc,xor,k3\n"
        "\"d,e\",xor,k 4\n");
}

/* Removed rows are gone, from the walk and from the file. */
static void test_remove(void **state)
{
    (void)state;
    put("t.csv", "name,cipher,public\na,xor,k1\nb,xor,k2\nc,xor,k3\n");
    assert_int_equal(pb_table_begin(&table, &kind, path_of("t.csv"), &report, NULL), PB_OK);
    pb_table_remove(pb_table_next(&table, pb_table_next(&table, NULL)));
    assert_string_equal(names(), "ac");
    assert_int_equal(pb_table_commit(&table, NULL), PB_OK);
    assert_string_equal(get("t.csv"), "name,cipher,public\na,xor,k1\nc,xor,k3\n");
}

/* What the checks of the columns refuse is not added, and the refusal names the column. */
static void test_add_checks(void **state)
{
    (void)state;
    struct pb_error error = {0};
    assert_int_equal(parse("name,cipher,public\na,xor,k1\n"), PB_OK);
    assert_int_equal(pb_table_add(&table, (const char *[]){"b", "xor", "k\n2"}, &error),
                     PB_REFUSED);
    assert_says(&error, "public ");
    assert_string_equal(names(), "a");
    assert_int_equal(table.count, 1);
}

/* The longest keys there can be, in need of quotes in every byte, survive writing and reading. */
static void test_longest_row(void **state)
{
    (void)state;
    static const struct pb_table_kind keys = {
        .columns = {"cipher", "public", "private"},
        .check = {pb_field_cipher, pb_field_key, pb_field_key}};
    char *key = malloc(PB_KEY_MAX + 1);
    assert_non_null(key);
    memset(key, '"', PB_KEY_MAX);
    key[PB_KEY_MAX] = 0;
    assert_int_equal(pb_table_begin(&table, &keys, path_of("k.csv"), &report, NULL), PB_OK);
    assert_int_equal(
        pb_table_add(&table, (const char *[]){"abcdefghijklmnopqrstuvwxyz01234", key, key}, NULL),
        PB_OK);
    assert_int_equal(pb_table_commit(&table, NULL), PB_OK);
    pb_table_free(&table);
    assert_int_equal(pb_table_read(&table, &keys, path_of("k.csv"), &report, NULL), PB_OK);
    assert_string_equal(reported, "");
    assert_non_null(pb_table_next(&table, NULL));
    assert_string_equal(pb_table_next(&table, NULL)->field[2], key);
    free(key);
}

/* Wide permissions: one warning with the command to type, never a refusal, and none where all is
 * well. */
static void test_wide_mode(void **state)
{
    (void)state;
    char command[PATH_MAX + 16];
    put("t.csv", "name,cipher,public\na,xor,k1\n");
    assert_int_equal(pb_table_read(&table, &kind, path_of("t.csv"), &report, NULL), PB_OK);
    assert_string_equal(reported, "");
    pb_table_free(&table);
    assert_int_equal(chmod(path_of("t.csv"), 0644), 0);
    assert_int_equal(pb_table_read(&table, &kind, path_of("t.csv"), &report, NULL), PB_OK);
    assert_string_equal(names(), "a");
    snprintf(command, sizeof command, "chmod 600 %s", path_of("t.csv"));
    assert_reported(command);
    forget_reports();
    pb_table_free(&table);
    assert_int_equal(pb_table_read(&table, &kind, path_of("t.csv"), &report, NULL), PB_OK);
    assert_string_equal(reported, "");
}

/* A folder, a device or a pipe in the place of the file is said, and stops nobody. */
static void test_not_a_file(void **state)
{
    (void)state;
    struct pb_error error = {0};
    assert_int_equal(pb_table_read(&table, &kind, folder, &report, &error), PB_FILE);
    assert_says(&error, "a folder");
    pb_table_free(&table);
    error.status = PB_OK;
    assert_int_equal(mkfifo(path_of("t.csv"), 0600), 0);
    assert_int_equal(pb_table_read(&table, &kind, path_of("t.csv"), &report, &error), PB_FILE);
    assert_says(&error, "pipe");
    pb_table_free(&table);
    error.status = PB_OK;
    put("file", "");
    assert_int_equal(pb_table_read(&table, &kind, path_of("file/t.csv"), &report, &error),
                     PB_SYSTEM);
    assert_says(&error, strerror(ENOTDIR));
}

/* A change of the file is seen: written, replaced, gone, and come again; and none where there is
 * none. */
static void test_changed(void **state)
{
    (void)state;
    char path[PATH_MAX];
    strcpy(path, path_of("t.csv"));
    assert_int_equal(pb_table_read(&table, &kind, path, &report, NULL), PB_OK);
    assert_false(pb_table_changed(&table));
    put("t.csv", "name,cipher,public\na,xor,k1\n");
    assert_true(pb_table_changed(&table));
    pb_table_free(&table);
    assert_int_equal(pb_table_read(&table, &kind, path, &report, NULL), PB_OK);
    assert_false(pb_table_changed(&table));
    put("t.csv", "name,cipher,public\na,xor,k1\nb,xor,k2\n");
    assert_true(pb_table_changed(&table));
    pb_table_free(&table);
    assert_int_equal(pb_table_read(&table, &kind, path, &report, NULL), PB_OK);
    put("other", "name,cipher,public\na,xor,k1\nb,xor,k3\n");
    char other[PATH_MAX];
    strcpy(other, path_of("other"));
    assert_int_equal(rename(other, path), 0);
    assert_true(pb_table_changed(&table));
    pb_table_free(&table);
    assert_int_equal(pb_table_read(&table, &kind, path, &report, NULL), PB_OK);
    assert_int_equal(unlink(path), 0);
    assert_true(pb_table_changed(&table));
    pb_table_free(&table);
    put("t.csv", "no header\n");
    assert_int_equal(pb_table_read(&table, &kind, path, &report, NULL), PB_FILE);
    assert_false(pb_table_changed(&table)); /* once told, not again until somebody repairs it */
}

enum { WRITERS = 4, ROWS_EACH = 20 };

static void add_rows(int writer)
{
    for (int i = 0; i < ROWS_EACH; i++) {
        struct pb_table mine = {0};
        char key[32];
        snprintf(key, sizeof key, "k%d-%d", writer, i);
        bool good = pb_table_begin(&mine, &kind, path_of("t.csv"), NULL, NULL) == PB_OK &&
                    pb_table_add(&mine, (const char *[]){"a", "xor", key}, NULL) == PB_OK &&
                    pb_table_commit(&mine, NULL) == PB_OK;
        pb_table_free(&mine);
        if (!good)
            _exit(1);
    }
    _exit(0);
}

/* Processes that add rows at once lose none, and a reader meanwhile never sees half a file. */
static void test_many_writers(void **state)
{
    (void)state;
    pid_t child[WRITERS];
    int running = WRITERS;
    size_t seen = 0;
    for (int i = 0; i < WRITERS; i++)
        if ((child[i] = fork()) == 0)
            add_rows(i);
    while (running > 0) {
        int status;
        assert_int_equal(pb_table_read(&table, &kind, path_of("t.csv"), &report, NULL), PB_OK);
        assert_true(count_rows() >= seen);
        seen = count_rows();
        pb_table_free(&table);
        while (running > 0 && waitpid(-1, &status, WNOHANG) > 0) {
            assert_int_equal(status, 0);
            running--;
        }
    }
    assert_string_equal(reported, "");
    assert_int_equal(pb_table_read(&table, &kind, path_of("t.csv"), &report, NULL), PB_OK);
    assert_int_equal(count_rows(), WRITERS * ROWS_EACH);
}

/* A failed write leaves the old file, lets the lock go, and says so. */
static void test_failed_write(void **state)
{
    (void)state;
    struct pb_error error = {0};
    put("t.csv", "name,cipher,public\na,xor,k1\n");
    assert_int_equal(mkdir(path_of("t.csv.tmp"), 0700), 0);
    put("t.csv.tmp/in-the-way", "");
    assert_int_equal(pb_table_begin(&table, &kind, path_of("t.csv"), &report, NULL), PB_OK);
    assert_int_equal(pb_table_add(&table, (const char *[]){"b", "xor", "k2"}, NULL), PB_OK);
    assert_int_equal(pb_table_commit(&table, &error), PB_SYSTEM);
    assert_says(&error, path_of("t.csv"));
    pb_table_free(&table);
    assert_string_equal(get("t.csv"), "name,cipher,public\na,xor,k1\n");
    assert_int_equal(pb_table_begin(&table, &kind, path_of("t.csv"), &report, NULL), PB_OK);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_rows),         TEST(test_bad_rows),        TEST(test_hostile_lines),
        TEST(test_header),       TEST(test_clash),           TEST(test_many_bad),
        TEST(test_too_much),     TEST(test_optional_header), TEST(test_keeps_lines),
        TEST(test_remove),       TEST(test_add_checks),      TEST(test_longest_row),
        TEST(test_wide_mode),    TEST(test_not_a_file),      TEST(test_changed),
        TEST(test_many_writers), TEST(test_failed_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
