/* From bytes to requests: whatever comes, in whatever pieces. */
#include "ftpd/lines.h"
#include "ftpd/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define LINE(text) text, sizeof text - 1

static const struct {
    const char *line;
    size_t size;
    enum ftp_request_sense sense;
    const char *verb, *argument;
} requests[] = {
    {LINE("NOOP"), FTP_REQUEST_GOOD, "NOOP", ""},
    {LINE("noop"), FTP_REQUEST_GOOD, "NOOP", ""},
    {LINE("ReTr a b "), FTP_REQUEST_GOOD, "RETR", "a b "},
    {LINE("RETR  a"), FTP_REQUEST_GOOD, "RETR", " a"},
    {LINE("LIST "), FTP_REQUEST_GOOD, "LIST", ""},
    {LINE("RETR \xc3\xa9\xff"), FTP_REQUEST_GOOD, "RETR", "\xc3\xa9\xff"},
    {LINE("ABCDEFG"), FTP_REQUEST_GOOD, "ABCDEFG", ""},
    {LINE("ABCDEFGH"), FTP_REQUEST_JUNK, "", ""},
    {LINE(""), FTP_REQUEST_JUNK, "", ""},
    {LINE(" NOOP"), FTP_REQUEST_JUNK, "", ""},
    {LINE("%s%n"), FTP_REQUEST_JUNK, "", ""},
    {LINE("N\0OP"), FTP_REQUEST_JUNK, "", ""},
    {LINE("NOOP\tx"), FTP_REQUEST_JUNK, "", ""},
    {LINE("RETR a\0b"), FTP_REQUEST_CONTROL, "RETR", "a"},
    {LINE("RETR a\rDELE b"), FTP_REQUEST_CONTROL, "RETR", "a\rDELE b"},
    {LINE("GET / HTTP/1.1"), FTP_REQUEST_HTTP, "", ""},
    {LINE("post / HTTP/1.1"), FTP_REQUEST_HTTP, "", ""},
    {LINE("OPTIONS * HTTP/1.1"), FTP_REQUEST_HTTP, "", ""},
    {LINE("OPTS UTF8 ON"), FTP_REQUEST_GOOD, "OPTS", "UTF8 ON"},
};

/* A verb of one to seven letters, then one blank, then the argument to its last byte; nothing else
 * is a request. */
static void test_parse(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        struct ftp_request request;
        assert_int_equal(ftp_request_parse(&request, requests[i].line, requests[i].size),
                         requests[i].sense);
        assert_string_equal(request.verb, requests[i].verb);
        assert_string_equal(request.argument, requests[i].argument);
    }
}

/* Words are the same in any case, but not a part of one. */
static void test_words(void **state)
{
    (void)state;
    assert_true(ftp_request_is("mLst", "MLST"));
    assert_false(ftp_request_is("MLSTX", "MLST"));
    assert_false(ftp_request_is("MLS", "MLST"));
    assert_false(ftp_request_is("", "MLST"));
    assert_string_equal(ftp_request_behind("chmod 644 x", "CHMOD"), "644 x");
    assert_string_equal(ftp_request_behind("CHMOD ", "CHMOD"), "");
    assert_null(ftp_request_behind("CHMOD", "CHMOD"));
    assert_null(ftp_request_behind("CHMODS 1", "CHMOD"));
}

static void feed(struct ftp_lines *lines, const char *bytes, size_t size)
{
    size_t room;
    uint8_t *to = ftp_lines_room(lines, &room);
    assert_true(room >= size);
    memcpy(to, bytes, size);
    ftp_lines_came(lines, size);
}

/* Wherever the bytes are cut, the same lines come out: ends of CR LF and of LF alone, empty ones,
 * NULs. */
static void test_lines_whatever_the_cuts(void **state)
{
    static const char text[] = "NOOP\r\n\r\nLIST\nA\0B\r\nC\rD\r\nrest";
    static const struct {
        const char *line;
        size_t size;
    } expected[] = {{LINE("NOOP")}, {LINE("")}, {LINE("LIST")}, {LINE("A\0B")}, {LINE("C\rD")}};
    (void)state;
    for (size_t cut = 0; cut < sizeof text; cut++) {
        struct ftp_lines lines = {0};
        char line[FTP_LINE_MAX];
        size_t size, found = 0;
        const size_t parts[2] = {cut, sizeof text - 1 - cut};
        for (size_t part = 0; part < 2; part++) {
            if (cut == sizeof text - 1 && part == 1)
                continue;
            feed(&lines, text + (part ? cut : 0), parts[part]);
            while (ftp_lines_take(&lines, line, &size) == FTP_LINE_ONE) {
                assert_int_equal(size, expected[found].size);
                assert_memory_equal(line, expected[found].line, size + 1);
                found++;
            }
        }
        assert_int_equal(found, 5);
        assert_int_equal(lines.used, 4);
    }
}

/* A line may have 4,096 bytes with its end; of a longer one only the fact is kept, and the next
 * line is heard. */
static void test_long_lines(void **state)
{
    struct ftp_lines lines = {0};
    char line[FTP_LINE_MAX], longest[FTP_LINE_MAX];
    size_t size;
    (void)state;
    memset(longest, 'x', sizeof longest);
    feed(&lines, longest, FTP_LINE_MAX - 2);
    feed(&lines, "\r\n", 2);
    assert_int_equal(ftp_lines_take(&lines, line, &size), FTP_LINE_ONE);
    assert_int_equal(size, FTP_LINE_MAX - 2);
    feed(&lines, longest, FTP_LINE_MAX - 1);
    feed(&lines, "\r\nNOOP\r\n", 8);
    assert_int_equal(ftp_lines_take(&lines, line, &size), FTP_LINE_TOO_LONG);
    assert_int_equal(ftp_lines_take(&lines, line, &size), FTP_LINE_ONE);
    assert_string_equal(line, "NOOP");
    for (int i = 0; i < 100000; i++) { /* 400 MB without an end, in the same memory */
        feed(&lines, longest, sizeof longest);
        assert_int_equal(ftp_lines_take(&lines, line, &size), FTP_LINE_NONE);
    }
    feed(&lines, "x\r\nNOOP\r\n", 9);
    assert_int_equal(ftp_lines_take(&lines, line, &size), FTP_LINE_TOO_LONG);
    assert_int_equal(ftp_lines_take(&lines, line, &size), FTP_LINE_ONE);
    assert_string_equal(line, "NOOP");
    assert_int_equal(ftp_lines_take(&lines, line, &size), FTP_LINE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_lines_whatever_the_cuts),
        cmocka_unit_test(test_long_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
