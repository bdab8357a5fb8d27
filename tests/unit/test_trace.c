/* One line a frame: exact, whole, and never plain text in a record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "message.h"
#include "trace.h"
#include "wire.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint8_t sealed[] = {0x7a, 0x1f, 0x0b};
static const uint8_t plain[] = {PB_DATA, 'h', 'i'};

static struct pb_trace_frame frame_of(const uint8_t *body, size_t size)
{
    return (struct pb_trace_frame){.session = 3,
                                   .sent = true,
                                   .by_client = true,
                                   .stream = 1,
                                   .type = PB_WIRE_SEALED,
                                   .body = body,
                                   .body_size = size};
}

/* What one frame looks like in --trace of this mode. */
static char *shown(enum pb_trace_mode mode, const struct pb_trace_frame *frame)
{
    static char line[64 * 1024];
    int ends[2];
    struct pb_trace trace;
    pb_trace_init(&trace);
    assert_int_equal(pipe(ends), 0);
    trace.mode = mode;
    trace.trace_fd = ends[1];
    pb_trace_show(&trace, frame);
    close(ends[1]);
    size_t size = 0;
    for (ssize_t got; (got = read(ends[0], line + size, sizeof line - 1 - size)) > 0;)
        size += (size_t)got;
    close(ends[0]);
    line[size] = 0;
    return line;
}

/* The line of the documentation, byte for byte. */
static void test_both(void **state)
{
    (void)state;
    struct pb_trace_frame frame = frame_of(sealed, sizeof sealed);
    frame.plain = plain;
    frame.plain_size = sizeof plain;
    assert_string_equal(shown(PB_TRACE_BOTH, &frame),
                        "#3 > stream 1 SEALED 3  7a 1f 0b  | DATA 2 \"hi\"\n");
    frame.sent = false;
    assert_string_equal(shown(PB_TRACE_BOTH, &frame),
                        "#3 < stream 1 SEALED 3  7a 1f 0b  | DATA 2 \"hi\"\n");
}

/* --trace=wire shows what the wire has and nothing of the message. */
static void test_wire(void **state)
{
    (void)state;
    struct pb_trace_frame frame = frame_of(sealed, sizeof sealed);
    frame.plain = plain;
    frame.plain_size = sizeof plain;
    assert_string_equal(shown(PB_TRACE_WIRE, &frame), "#3 > stream 1 SEALED 3  7a 1f 0b\n");
}

/* A record that did not open has no plain side, and the line says so; a frame in clear has none
 * either. */
static void test_unopened_and_clear(void **state)
{
    (void)state;
    struct pb_trace_frame frame = frame_of(sealed, sizeof sealed);
    assert_string_equal(shown(PB_TRACE_BOTH, &frame), "#3 > stream 1 SEALED 3  7a 1f 0b  | -\n");
    frame.type = PB_WIRE_HELLO;
    assert_string_equal(shown(PB_TRACE_BOTH, &frame), "#3 > stream 1 HELLO 3  7a 1f 0b\n");
    frame.type = 77;
    assert_string_equal(shown(PB_TRACE_BOTH, &frame), "#3 > stream 1 TYPE77 3  7a 1f 0b\n");
}

/* Whatever a message contains, its line is one line of printable ASCII from which the bytes can be
 * told exactly. */
static void test_every_byte(void **state)
{
    (void)state;
    uint8_t message[257] = {200};
    for (int i = 0; i < 256; i++)
        message[1 + i] = (uint8_t)i;
    struct pb_trace_frame frame = frame_of(sealed, sizeof sealed);
    frame.plain = message;
    frame.plain_size = sizeof message;
    char *line = shown(PB_TRACE_BOTH, &frame), *at = strstr(line, "KIND200 256 \"");
    assert_non_null(at);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    at = strchr(at, '"') + 1;
    for (unsigned i = 0; i < 256; i++) {
        unsigned value = (unsigned char)*at;
        assert_in_range(value, 0x20, 0x7e);
        assert_int_not_equal(value, '"');
        if (*at == '\\') {
            assert_int_equal(sscanf(at, "\\x%2x", &value), 1);
            at += 3;
        }
        assert_int_equal(value, i);
        at++;
    }
    assert_string_equal(at, "\"\n");
}

/* A frame wider than the bound is cut, and the line says how many bytes are not shown. */
static void test_bound(void **state)
{
    (void)state;
    static uint8_t body[PB_TRACE_BYTES + 5], message[PB_TRACE_BYTES + 8] = {PB_DATA};
    struct pb_trace_frame frame = frame_of(body, sizeof body);
    frame.plain = message;
    frame.plain_size = sizeof message;
    char *line = shown(PB_TRACE_BOTH, &frame);
    assert_non_null(strstr(line, " 00..+5  | DATA 4103 \"\\x00"));
    assert_non_null(strstr(line, "\\x00\"..+7\n"));
    frame.body_size = PB_TRACE_BYTES;
    frame.plain_size = PB_TRACE_BYTES + 1;
    assert_null(strstr(shown(PB_TRACE_BOTH, &frame), ".."));
}

/* A record has its header once, grows by whole lines, keeps long frames whole, is 0600, and never
 * has the message. */
static void test_record(void **state)
{
    (void)state;
    char folder[] = "/tmp/plugboard-trace-XXXXXX", file[64];
    static uint8_t body[3 * PB_TRACE_BYTES];
    static char text[16 * PB_TRACE_BYTES];
    struct pb_error error = {0};
    struct stat status;
    assert_non_null(mkdtemp(folder));
    snprintf(file, sizeof file, "%s/record", folder);
    for (int round = 0; round < 2; round++) {
        struct pb_trace trace;
        pb_trace_init(&trace);
        assert_int_equal(pb_trace_record(&trace, file, &error), PB_OK);
        struct pb_trace_frame frame = frame_of(sealed, sizeof sealed);
        frame.plain = plain;
        frame.plain_size = sizeof plain;
        frame.by_client = round == 0;
        pb_trace_show(&trace, &frame);
        pb_trace_close(&trace);
        assert_int_equal(trace.record_fd, -1);
    }
    struct pb_trace trace;
    pb_trace_init(&trace);
    assert_int_equal(pb_trace_record(&trace, file, &error), PB_OK);
    struct pb_trace_frame empty = frame_of(sealed, 0), large = frame_of(body, sizeof body);
    pb_trace_show(&trace, &empty);
    pb_trace_show(&trace, &large);
    pb_trace_close(&trace);

    int fd = open(file, O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    size_t size = 0;
    for (ssize_t got; (got = read(fd, text + size, sizeof text - 1 - size)) > 0;)
        size += (size_t)got;
    close(fd);
    static const char start[] = "direction stream type hex session\n"
                                "c>s 1 SEALED 7a1f0b 3\ns>c 1 SEALED 7a1f0b 3\nc>s 1 SEALED - 3\n"
                                "c>s 1 SEALED 000000";
    assert_memory_equal(text, start, strlen(start));
    assert_int_equal(size, strlen(start) - 6 + 2 * sizeof body + strlen(" 3\n"));
    unlink(file);
    rmdir(folder);
}

/* A record that cannot be opened is an error with the file's name; a full disk ends the record, not
 * the program. */
static void test_record_fails(void **state)
{
    (void)state;
    struct pb_trace trace;
    struct pb_error error = {0};
    pb_trace_init(&trace);
    assert_int_equal(pb_trace_record(&trace, "/proc/nowhere/record", &error), PB_FILE);
    assert_non_null(strstr(error.text, "/proc/nowhere/record"));
    trace.record_fd = open("/dev/full", O_WRONLY);
    assert_true(trace.record_fd >= 0);
    struct pb_trace_frame frame = frame_of(sealed, sizeof sealed);
    pb_trace_show(&trace, &frame);
    assert_int_equal(trace.record_fd, -1);
}

static void count(void *context, const struct pb_trace_frame *frame)
{
    *(size_t *)context += frame->body_size;
}

/* Without --trace and --record nothing is written, draw is still called; no trace at all is fine.
 */
static void test_draw(void **state)
{
    (void)state;
    size_t bytes = 0;
    struct pb_trace trace;
    pb_trace_init(&trace);
    trace.draw = count;
    trace.context = &bytes;
    struct pb_trace_frame frame = frame_of(sealed, sizeof sealed);
    pb_trace_show(&trace, &frame);
    pb_trace_show(NULL, &frame);
    assert_int_equal(bytes, sizeof sealed);
    frame.plain = plain;
    frame.plain_size = sizeof plain;
    assert_string_equal(shown(PB_TRACE_OFF, &frame), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both),
        cmocka_unit_test(test_wire),
        cmocka_unit_test(test_unopened_and_clear),
        cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_bound),
        cmocka_unit_test(test_record),
        cmocka_unit_test(test_record_fails),
        cmocka_unit_test(test_draw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
