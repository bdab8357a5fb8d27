/* One line of CSV, there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "line.h"

#include <stdlib.h>
#include <string.h>

static struct pb_line line;

static int open_line(void **state)
{
    (void)state;
    return pb_line_open(&line) ? 0 : -1;
}

static int close_line(void **state)
{
    (void)state;
    pb_line_close(&line);
    return 0;
}

static const char *split(const char *text)
{
    return pb_line_split(&line, text, strlen(text));
}

/* Columns come apart at commas; quotes protect commas, quotes and blanks; blanks round unquoted
 * columns are dropped. */
static void test_columns(void **state)
{
    (void)state;
    assert_null(split("xor,\"a,b \"\"c\"\" \", n=1 e=2 ,"));
    assert_int_equal(line.count, 4);
    assert_string_equal(line.field[0], "xor");
    assert_string_equal(line.field[1], "a,b \"c\" ");
    assert_string_equal(line.field[2], "n=1 e=2");
    assert_string_equal(line.field[3], "");
}

/* A line may end in a carriage return, and a blank line has no columns. */
static void test_ends(void **state)
{
    (void)state;
    assert_null(split("a,b\r"));
    assert_int_equal(line.count, 2);
    assert_string_equal(line.field[1], "b");
    assert_null(split(""));
    assert_int_equal(line.count, 0);
    assert_null(split("  \r"));
    assert_int_equal(line.count, 0);
}

/* What is wrong with a line is said, and the next line is read as if nothing had been. */
static void test_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } wrong[] = {
        {"a,\"b", "left open"}, {"\"", "left open"},           {"a,\"b\"c", "quotes"},
        {"a,b\"c", "quote"},    {"a\rb,c", "carriage return"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *why = split(wrong[i].text);
        assert_non_null(why);
        assert_non_null(strstr(why, wrong[i].why));
        assert_null(split("good,line"));
        assert_int_equal(line.count, 2);
        assert_string_equal(line.field[0], "good");
    }
    assert_non_null(strstr(pb_line_split(&line, "a\0b", 3), "NUL"));
}

/* The longest line is split, one byte more is refused; more columns than are kept are counted and
 * lose nothing else. */
static void test_limits(void **state)
{
    (void)state;
    char *text = malloc(PB_LINE_MAX + 1);
    assert_non_null(text);
    memset(text, 'x', PB_LINE_MAX + 1);
    assert_null(pb_line_split(&line, text, PB_LINE_MAX));
    assert_int_equal(line.size[0], PB_LINE_MAX);
    assert_non_null(strstr(pb_line_split(&line, text, PB_LINE_MAX + 1), "too long"));
    memset(text, ',', PB_LINE_MAX);
    assert_null(pb_line_split(&line, text, PB_LINE_MAX));
    assert_int_equal(line.count, PB_LINE_MAX + 1);
    free(text);
}

/* Whatever printable text is written is read back the same; without need there are no quotes. */
static void test_round_trip(void **state)
{
    (void)state;
    static const char *const texts[] = {"n=3233 e=17", "",  " ", " a", "a ",     "a,b",     "\"",
                                        "\"\"\"",      ",", "'", "\\", "a\"b,c", "\xc3\xa9"};
    char written[256];
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
            const char *fields[] = {texts[i], texts[k]};
            size_t size = pb_line_write(written, sizeof written, fields, 2);
            assert_int_equal(size, strlen(written));
            assert_int_equal(size, pb_line_write(NULL, 0, fields, 2));
            assert_int_equal(written[size - 1], '\n');
            assert_null(pb_line_split(&line, written, size - 1));
            assert_int_equal(line.count, 2);
            assert_string_equal(line.field[0], texts[i]);
            assert_string_equal(line.field[1], texts[k]);
        }
    pb_line_write(written, sizeof written, (const char *[]){"rsa", "n=3233 e=17"}, 2);
    assert_string_equal(written, "rsa,n=3233 e=17\n");
}

/* A line that does not fit is never written past the room, and its whole length is told. */
static void test_write_room(void **state)
{
    (void)state;
    const char *fields[] = {"ab", "c,d"};
    char full[32];
    size_t size = pb_line_write(full, sizeof full, fields, 2);
    for (size_t room = 0; room <= size; room++) {
        char *exact = malloc(room + 1); /* the byte behind must stay */
        assert_non_null(exact);
        exact[room] = '#';
        assert_int_equal(pb_line_write(exact, room, fields, 2), size);
        assert_int_equal(exact[room], '#');
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns),    cmocka_unit_test(test_ends),
        cmocka_unit_test(test_wrong),      cmocka_unit_test(test_limits),
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_write_room),
    };
    return cmocka_run_group_tests(tests, open_line, close_line);
}
