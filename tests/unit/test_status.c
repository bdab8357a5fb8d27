/* Errors in words, exit codes, and text that cannot act on a terminal. */
#include "status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* The first error stays, with status and sentence; later ones return their status and change
 * nothing. */
static void keeps_the_first_error(void **state)
{
    struct pb_error error = {0};
    (void)state;
    assert_int_equal(pb_status_fail(&error, PB_FILE, "%s:%d", "allowed.csv", 7), PB_FILE);
    assert_int_equal(pb_status_fail(&error, PB_SYSTEM, "later"), PB_SYSTEM);
    assert_int_equal(error.status, PB_FILE);
    assert_string_equal(error.text, "allowed.csv:7");
    assert_int_equal(pb_status_fail(NULL, PB_USAGE, "nobody listens"), PB_USAGE);
}

/* A sentence that is too long is cut, and ended. */
static void cuts_long_sentences(void **state)
{
    struct pb_error error = {0};
    char text[2 * PB_ERROR_MAX];
    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    assert_int_equal(pb_status_fail(&error, PB_SYSTEM, "%s", text), PB_SYSTEM);
    assert_int_equal(strlen(error.text), PB_ERROR_MAX - 1);
}

/* The exit codes are those that the manual promises; what is unknown has failed. */
static void has_exit_codes(void **state)
{
    (void)state;
    assert_int_equal(pb_status_exit_code(PB_OK), 0);
    assert_int_equal(pb_status_exit_code(PB_ENDED), 0);
    assert_int_equal(pb_status_exit_code(PB_SYSTEM), 1);
    assert_int_equal(pb_status_exit_code(PB_TRUNCATED), 1);
    assert_int_equal(pb_status_exit_code(PB_USAGE), 2);
    assert_int_equal(pb_status_exit_code(PB_REFUSED), 3);
    assert_int_equal(pb_status_exit_code(PB_PEER_REFUSED), 3);
    assert_int_equal(pb_status_exit_code(PB_BROKEN), 4);
    assert_int_equal(pb_status_exit_code(PB_PLUGIN), 4);
    assert_int_equal(pb_status_exit_code(12345), 1);
    assert_int_equal(pb_status_exit_code(-1), 1);
}

/* Every status has words of its own. */
static void has_words(void **state)
{
    static const int all[] = {PB_OK, PB_REFUSED, PB_BROKEN,
#define X(name, exit_code, text) name,
                              PB_STATUS_TABLE_CORE(X)
#undef X
    };
    enum { COUNT = sizeof all / sizeof *all };
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(all[i], i);
        assert_string_not_equal(pb_status_text(all[i]), "unknown status");
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(pb_status_text(all[i]), pb_status_text(all[k]));
    }
    assert_string_equal(pb_status_text(COUNT), "unknown status");
}

static void assert_shown(const char *text, size_t size, const char *expected)
{
    char safe[256];
    assert_int_equal(pb_status_printable(safe, sizeof safe, text, size), strlen(expected));
    assert_string_equal(safe, expected);
}
#define assert_shown(text, expected) assert_shown(text, sizeof text - 1, expected)

/* Printable UTF-8 passes; controls, broken, overlong and surrogate sequences, and what turns the
 * direction of text, become \xNN. */
static void shows_only_what_is_printable(void **state)
{
    (void)state;
    assert_shown("plain ~", "plain ~");
    assert_shown("gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f");
    assert_shown("\xe2\x82\xac \xf0\x9f\x94\x91", "\xe2\x82\xac \xf0\x9f\x94\x91");
    assert_shown("a\0b", "a\\x00"
                         "b");
    assert_shown("\x1b[2J\r\n\t\x7f", "\\x1b[2J\\x0d\\x0a\\x09\\x7f");
    assert_shown("\xc2\x9b", "\\xc2\\x9b");                   /* C1: the one-byte CSI */
    assert_shown("\xc0\xaf", "\\xc0\\xaf");                   /* overlong '/' */
    assert_shown("\xe0\x80\xaf", "\\xe0\\x80\\xaf");          /* overlong, three bytes */
    assert_shown("\xed\xa0\x80", "\\xed\\xa0\\x80");          /* a surrogate */
    assert_shown("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* beyond U+10FFFF */
    assert_shown("\xe2\x80\xae", "\\xe2\\x80\\xae");          /* right-to-left override */
    assert_shown("\xef\xbb\xbf", "\\xef\\xbb\\xbf");          /* zero-width, or a byte order mark */
    assert_shown("\xe2\x81\xa0", "\\xe2\\x81\\xa0");          /* word joiner */
    assert_shown("\xe2\x81\xa6", "\\xe2\\x81\\xa6");          /* left-to-right isolate */
    assert_shown("\xc3", "\\xc3");                            /* cut */
    assert_shown("\xff", "\\xff");
}

/* What does not fit is left out whole: never half a character or half an escape, always ended. */
static void fits_the_room(void **state)
{
    (void)state;
    for (size_t size = 1; size < 16; size++) {
        char safe[32];
        memset(safe, '!', sizeof safe);
        size_t length = pb_status_printable(safe, size, "\xe2\x82\xac\x01xyz", 7);
        assert_true(length < size);
        assert_int_equal(strlen(safe), length);
        assert_int_equal(safe[size], '!');
        assert_true(strncmp("\xe2\x82\xac\\x01xyz", safe, length) == 0);
        assert_true(length == 0 || length == 3 || length >= 7);
    }
    assert_int_equal(pb_status_printable(NULL, 0, "x", 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_the_first_error),
        cmocka_unit_test(cuts_long_sentences),
        cmocka_unit_test(has_exit_codes),
        cmocka_unit_test(has_words),
        cmocka_unit_test(shows_only_what_is_printable),
        cmocka_unit_test(fits_the_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
