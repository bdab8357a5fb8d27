/* TYPE A: line ends change, nothing else does, wherever the buffers are cut. */
#include "ftpd/ascii.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *disk, *wire;
    size_t disk_size, wire_size;
} table[] = {
#define CASE(disk, wire)                                                                           \
    {                                                                                              \
        disk, wire, sizeof disk - 1, sizeof wire - 1                                               \
    }
    CASE("", ""),
    CASE("a", "a"),
    CASE("\n", "\r\n"),
    CASE("a\nb\n", "a\r\nb\r\n"),
    CASE("\r", "\r"),
    CASE("a\rb", "a\rb"),
    CASE("\r\n", "\r\r\n"),
    CASE("\r\r\n\n\r", "\r\r\r\n\r\n\r"),
    CASE("\n\n\n", "\r\n\r\n\r\n"),
    CASE("a\0b\n\xff\r", "a\0b\r\n\xff\r"),
};

/* Disk to wire and wire to disk, cut in two at every byte and in three at every pair. */
static void converts_whatever_the_cuts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        for (size_t first = 0; first <= table[i].wire_size; first++) {
            for (size_t second = first; second <= table[i].wire_size; second++) {
                /* Own memory of the very size, so that a byte too far is seen. */
                struct ftp_ascii ascii = {0};
                const size_t cut[] = {0, first, second, table[i].wire_size};
                char disk[64];
                size_t size = 0;
                for (int piece = 0; piece < 3; piece++) {
                    size_t length = cut[piece + 1] - cut[piece];
                    char *in = malloc(length + 1), *out = malloc(length + 1);
                    memcpy(in, table[i].wire + cut[piece], length);
                    size_t got = ftp_ascii_receive(&ascii, out, in, length);
                    assert_true(got <= length + 1);
                    memcpy(disk + size, out, got);
                    size += got;
                    free(in);
                    free(out);
                }
                size += ftp_ascii_finish(&ascii, disk + size);
                assert_int_equal(ftp_ascii_finish(&ascii, disk + size), 0);
                assert_int_equal(size, table[i].disk_size);
                assert_memory_equal(disk, table[i].disk, size);
            }
        }
        for (size_t cut = 0; cut <= table[i].disk_size; cut++) {
            char wire[64];
            size_t size = ftp_ascii_send(wire, table[i].disk, cut);
            size += ftp_ascii_send(wire + size, table[i].disk + cut, table[i].disk_size - cut);
            assert_int_equal(size, table[i].wire_size);
            assert_memory_equal(wire, table[i].wire, size);
        }
    }
}

/* Any bytes come back as they were: all texts of CR, LF and a letter up to 7 long. */
static void comes_back(void **state)
{
    (void)state;
    for (size_t size = 0, count = 1; size <= 7; size++, count *= 3) {
        for (size_t number = 0; number < count; number++) {
            struct ftp_ascii ascii = {0};
            char text[8], wire[16], back[17];
            for (size_t i = 0, rest = number; i < size; i++, rest /= 3)
                text[i] = "\r\nx"[rest % 3];
            size_t sent = ftp_ascii_send(wire, text, size);
            size_t got = ftp_ascii_receive(&ascii, back, wire, sent);
            got += ftp_ascii_finish(&ascii, back + got);
            assert_int_equal(got, size);
            if (size)
                assert_memory_equal(back, text, size);
        }
    }
}

/* The worst cases fill exactly the room that the header asks for. */
static void needs_the_room_it_says(void **state)
{
    enum { SIZE = 4096 };
    struct ftp_ascii ascii = {.cr = true};
    char *in = malloc(SIZE), *out = malloc(2 * SIZE);
    (void)state;
    memset(in, '\n', SIZE);
    assert_int_equal(ftp_ascii_send(out, in, SIZE), 2 * SIZE);
    memset(in, 'x', SIZE);
    char *room = malloc(SIZE + 1);
    assert_int_equal(ftp_ascii_receive(&ascii, room, in, SIZE), SIZE + 1);
    assert_int_equal(room[0], '\r');
    free(room);
    free(in);
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(converts_whatever_the_cuts),
        cmocka_unit_test(comes_back),
        cmocka_unit_test(needs_the_room_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
