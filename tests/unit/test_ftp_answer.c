/* The replies that the FTP client reads: every way to cut them, and every way to lie in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ftp/answer.h"

#include <stdlib.h>
#include <string.h>

static int take(struct ftp_answer *answer, const char *text)
{
    size_t size = strlen(text);
    return ftp_answer_take(answer, &text, &size, NULL);
}

/* A reply is the same, wherever the network has cut it. */
static void test_cut_anywhere(void **state)
{
    static const char text[] = "211-first\r\n 211 not the end\r\n212 neither\r\n211 last\r\n";
    static struct ftp_answer answer;
    (void)state;
    for (size_t cut = 0; cut < sizeof text; cut++) {
        const char *at = text;
        size_t size = cut;
        answer = (struct ftp_answer){0};
        int result = ftp_answer_take(&answer, &at, &size, NULL);
        assert_int_equal(size, 0);
        if (result == PB_AGAIN) {
            size = sizeof text - 1 - cut;
            result = ftp_answer_take(&answer, &at, &size, NULL);
        }
        assert_int_equal(result, PB_OK);
        assert_int_equal(answer.code, 211);
        assert_string_equal(answer.text, "first\n 211 not the end\n212 neither\nlast");
    }
}

/* Two replies in one message are two replies; what is behind the first is left for the next call.
 */
static void test_two(void **state)
{
    static struct ftp_answer answer;
    const char *text = "150 a\r\n226 b\r\n";
    size_t size = strlen(text);
    (void)state;
    assert_int_equal(ftp_answer_take(&answer, &text, &size, NULL), PB_OK);
    assert_int_equal(answer.code, 150);
    assert_int_equal(size, 7);
    assert_int_equal(ftp_answer_take(&answer, &text, &size, NULL), PB_OK);
    assert_int_equal(answer.code, 226);
    assert_string_equal(answer.text, "b");
    assert_int_equal(ftp_answer_take(&answer, &text, &size, NULL), PB_AGAIN);
}

/* What is no FTP reply is said to be none; a bare code, a bare LF and an empty text are accepted.
 */
static void test_codes(void **state)
{
    static const char *const bad[] = {"HTTP/1.1 200 OK\r\n", "99 a\r\n", "600 a\r\n", "22 a\r\n",
                                      "2200 a\r\n",          "\r\n",     "22x a\r\n", "-20 a\r\n"};
    static const char *const good[] = {"200\r\n", "200 \r\n", "200 a\n", "599 a\r\n"};
    static struct ftp_answer answer;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        answer = (struct ftp_answer){0};
        assert_int_equal(take(&answer, bad[i]), PB_PROTOCOL);
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        answer = (struct ftp_answer){0};
        assert_int_equal(take(&answer, good[i]), PB_OK);
    }
}

/* A line without end costs no memory and ends in an error; a long one that ends is cut, and the
 * next reply is read as ever. */
static void test_long(void **state)
{
    static struct ftp_answer answer;
    static char block[100000];
    int result = PB_AGAIN;
    (void)state;
    memset(block, 'a', sizeof block);
    memcpy(block, "220 ", 4);
    for (int i = 0; i < 11 && result == PB_AGAIN; i++) {
        const char *at = block;
        size_t size = sizeof block;
        result = ftp_answer_take(&answer, &at, &size, NULL);
    }
    assert_int_equal(result, PB_PROTOCOL);

    answer = (struct ftp_answer){0};
    const char *at = block;
    size_t size = sizeof block;
    assert_int_equal(ftp_answer_take(&answer, &at, &size, NULL), PB_AGAIN);
    assert_int_equal(take(&answer, "\r\n"), PB_OK);
    assert_true(answer.size <= FTP_ANSWER_LINE_MAX);
    assert_int_equal(take(&answer, "226 b\r\n"), PB_OK);
    assert_string_equal(answer.text, "b");
}

/* The kept text is bounded however many lines there are, and has no NUL in it. */
static void test_many_lines(void **state)
{
    static struct ftp_answer answer;
    (void)state;
    assert_int_equal(take(&answer, "211-x\r\n"), PB_AGAIN);
    for (int i = 0; i < 10000; i++)
        assert_int_equal(take(&answer, " a feature of this server\r\n"), PB_AGAIN);
    assert_int_equal(take(&answer, "211 end\r\n"), PB_OK);
    assert_true(answer.size <= FTP_ANSWER_TEXT_MAX);
    assert_int_equal(strlen(answer.text), answer.size);

    const char *nul = "200 a\0b\r\n";
    size_t size = 9;
    assert_int_equal(ftp_answer_take(&answer, &nul, &size, NULL), PB_OK);
    assert_string_equal(answer.text, "a?b");
}

static const struct ftp_answer *of(const char *text)
{
    static struct ftp_answer answer;
    answer = (struct ftp_answer){0};
    assert_int_equal(take(&answer, text), PB_OK);
    return &answer;
}

/* 257: doubled quotes are one; a quote that is not closed, or a name that does not fit, is none. */
static void test_quoted(void **state)
{
    char name[16];
    (void)state;
    assert_true(ftp_answer_quoted(of("257 \"/a \"\"b\"\"\" is it\r\n"), name, sizeof name));
    assert_string_equal(name, "/a \"b\"");
    assert_false(ftp_answer_quoted(of("257 \"/a\r\n"), name, sizeof name));
    assert_false(ftp_answer_quoted(of("257 /a\r\n"), name, sizeof name));
    assert_false(ftp_answer_quoted(of("257 \"\"\r\n"), name, sizeof name));
    assert_false(ftp_answer_quoted(of("257 \"/0123456789012345\"\r\n"), name, sizeof name));
}

/* SIZE: up to 2^63-1 and not one more; nothing but a number. */
static void test_number(void **state)
{
    uint64_t number;
    (void)state;
    assert_true(ftp_answer_number(of("213 9223372036854775807\r\n"), &number));
    assert_int_equal(number, INT64_MAX);
    static const char *const bad[] = {"213 9223372036854775808\r\n",
                                      "213 99999999999999999999\r\n",
                                      "213 -1\r\n",
                                      "213 1x\r\n",
                                      "213 \r\n",
                                      "213 0x10\r\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(ftp_answer_number(of(bad[i]), &number));
}

/* 227: six numbers from 0 to 255, with or without brackets; anything else is refused. */
static void test_227(void **state)
{
    unsigned char address[4];
    uint16_t port;
    (void)state;
    assert_true(ftp_answer_227("Entering (127,0,0,1,4,210).", address, &port));
    assert_int_equal(port, 1234);
    assert_int_equal(address[0], 127);
    assert_true(ftp_answer_227("2 is no part: =10,1,2,3,255,255", address, &port));
    assert_int_equal(port, 65535);
    static const char *const bad[] = {"(127,0,0,1,4)",
                                      "(256,0,0,1,4,210)",
                                      "(127,0,0,1,4,256)",
                                      "(127,0,0,1,0,0)",
                                      "(1,2,3,4,5,6,7)",
                                      "(127,0,0,1,,210)",
                                      "",
                                      "()",
                                      "(127.0.0.1,4,210)",
                                      "(127,0,0,1,-4,210)",
                                      "(127,0,0,1,4,2100)"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(ftp_answer_227(bad[i], address, &port));
}

/* 229: (|||port|) with any separator that is no digit. */
static void test_229(void **state)
{
    uint16_t port;
    (void)state;
    assert_true(ftp_answer_229("Entering (|||6446|)", &port));
    assert_int_equal(port, 6446);
    assert_true(ftp_answer_229("(!!!1!)", &port));
    static const char *const bad[] = {
        "(|||0|)",           "(|||65536|)", "(||6446|)", "(|||6446)", "|||6446|",
        "(|1|10.0.0.1|80|)", "(|||6446|",   "(1111|)",   "",          "("};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(ftp_answer_229(bad[i], &port));
}

/* A feature is found whole, wherever its blanks; the hash among the words of a 213. */
static void test_words(void **state)
{
    char hex[65];
    (void)state;
    const struct ftp_answer *feat =
        of("211-Features\r\n SIZE\r\n  rest STREAM\r\n MLST type*;\r\n211 End\r\n");
    assert_non_null(ftp_answer_line(feat, "SIZE"));
    assert_non_null(ftp_answer_line(feat, "REST"));
    assert_null(ftp_answer_line(feat, "SIZ"));
    assert_null(ftp_answer_line(feat, "STREAM"));
    assert_true(ftp_answer_sha256(
        of("213 SHA-256 0-6 5891B5B522D5DF086D0FF0B110FBD9D21BB4FC7163AF34D08286A2E846F6BE03 "
           "a\r\n"),
        hex));
    assert_string_equal(hex, "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");
    assert_false(ftp_answer_sha256(of("213 SHA-256 0-6 5891b5b5 a\r\n"), hex));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut_anywhere), cmocka_unit_test(test_two),
        cmocka_unit_test(test_codes),        cmocka_unit_test(test_long),
        cmocka_unit_test(test_many_lines),   cmocka_unit_test(test_quoted),
        cmocka_unit_test(test_number),       cmocka_unit_test(test_227),
        cmocka_unit_test(test_229),          cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
