/* Frames: whole ones come out, bad ones are named at once, and memory follows the bytes that arrived. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire.h"

#include <string.h>

static struct pb_wire accepting(size_t sealed)
{
    struct pb_wire wire = {0};
    wire.limit[PB_WIRE_SEALED] = sealed;
    return wire;
}

/* Puts bytes in as a socket would, `step` at a time; returns how many were taken. */
static size_t put(struct pb_wire *wire, const uint8_t *bytes, size_t size, size_t step)
{
    size_t done = 0;
    while (done < size) {
        size_t room;
        uint8_t *to = pb_wire_input(wire, &room);
        if (!to)
            break;
        size_t part = size - done < step ? size - done : step;
        if (part > room)
            part = room;
        memcpy(to, bytes + done, part);
        pb_wire_received(wire, part);
        done += part;
    }
    return done;
}

static size_t frame(uint8_t *out, uint8_t type, size_t length, uint8_t fill)
{
    uint8_t header[] = {'P', 'B', 1, type, 0, 0, (uint8_t)(length >> 8), (uint8_t)length};
    memcpy(out, header, sizeof header);
    memset(out + sizeof header, fill, length);
    return sizeof header + length;
}

/* Frames come out whole and in order, however the bytes arrive. */
static void test_any_cut(void **state)
{
    (void)state;
    static uint8_t bytes[16000];
    size_t size = 0;
    for (int i = 0; i < 5; i++)
        size += frame(bytes + size, PB_WIRE_SEALED, (size_t)(1 + i * 700), (uint8_t)i);
    for (size_t step = 1; step < 40; step += 3) {
        struct pb_wire wire = accepting(5000);
        int seen = 0;
        for (size_t done = 0; done < size || pb_wire_has_frame(&wire);) {
            done += put(&wire, bytes + done, size - done < step ? size - done : step, step);
            const uint8_t *body;
            size_t length;
            uint8_t type;
            if (pb_wire_frame(&wire, &type, &body, &length, NULL) == PB_OK) {
                assert_int_equal(length, 1 + seen * 700);
                for (size_t k = 0; k < length; k++)
                    assert_int_equal(body[k], seen);
                seen++;
            }
        }
        assert_int_equal(seen, 5);
        assert_false(pb_wire_is_partial(&wire));
        pb_wire_free(&wire);
    }
}

/* Every bad header is an error as soon as its eight bytes are there, with a sentence of its own; then nothing more is read. */
static void test_bad_headers(void **state)
{
    (void)state;
    static const struct {
        uint8_t header[8];
        const char *says;
    } cases[] = {
        {{'G', 'E', 'T', ' ', '/', ' ', 'H', 'T'}, "does not speak Plugboard"},
        {{'P', 'C', 1, 4, 0, 0, 0, 1}, "does not speak Plugboard"},
        {{'P', 'B', 2, 4, 0, 0, 0, 1}, "version 2"},
        {{'P', 'B', 0, 4, 0, 0, 0, 1}, "version 0"},
        {{'P', 'B', 1, 0, 0, 0, 0, 1}, "unknown type 0"},
        {{'P', 'B', 1, 5, 0, 0, 0, 1}, "unknown type 5"},
        {{'P', 'B', 1, 255, 0, 0, 0, 1}, "unknown type 255"},
        {{'P', 'B', 1, 1, 0, 0, 0, 1}, "not expected"},
        {{'P', 'B', 1, 4, 0, 0, 0, 0}, "announces 0 bytes"},
        {{'P', 'B', 1, 4, 0, 0, 0x03, 0xe9}, "announces 1001 bytes"},
        {{'P', 'B', 1, 4, 0xff, 0xff, 0xff, 0xff}, "announces 4294967295 bytes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pb_wire wire = accepting(1000);
        struct pb_error error = {0};
        const uint8_t *body;
        size_t size;
        uint8_t type;
        put(&wire, cases[i].header, 7, 7);
        assert_int_equal(pb_wire_frame(&wire, &type, &body, &size, &error), PB_AGAIN);
        put(&wire, cases[i].header + 7, 1, 1);
        assert_true(pb_wire_has_frame(&wire));
        assert_int_equal(pb_wire_frame(&wire, &type, &body, &size, &error), PB_PROTOCOL);
        assert_non_null(strstr(error.text, cases[i].says));
        assert_null(pb_wire_input(&wire, &size));
        pb_wire_free(&wire);
    }
}

/* REFUSE is understood in every version. */
static void test_refuse_of_the_future(void **state)
{
    (void)state;
    struct pb_wire wire = {0};
    const uint8_t bytes[] = {'P', 'B', 9, PB_WIRE_REFUSE, 0, 0, 0, 3, 0, 1, 'x'}, *body;
    size_t size;
    uint8_t type;
    wire.limit[PB_WIRE_REFUSE] = PB_WIRE_REFUSE_MAX;
    put(&wire, bytes, sizeof bytes, 100);
    assert_int_equal(pb_wire_frame(&wire, &type, &body, &size, NULL), PB_OK);
    assert_int_equal(size, 3);
    pb_wire_free(&wire);
}

/* A stranger who announces 16 MiB gets the memory of the bytes that he sends. */
static void test_memory_follows_bytes(void **state)
{
    (void)state;
    struct pb_wire wire = accepting(16u << 20);
    const uint8_t header[] = {'P', 'B', 1, 4, 1, 0, 0, 0};
    static uint8_t bytes[100000];
    put(&wire, header, sizeof header, 8);
    put(&wire, bytes, 100, 100);
    assert_true(wire.in_room <= 4096);
    put(&wire, bytes, sizeof bytes, sizeof bytes);
    assert_true(wire.in_room <= 2 * (sizeof bytes + 108));
    pb_wire_free(&wire);
}

/* What is read ahead of an app that does not take it has an end. */
static void test_read_ahead_ends(void **state)
{
    (void)state;
    struct pb_wire wire = accepting(1000);
    uint8_t bytes[108];
    size_t total = 0, taken;
    frame(bytes, PB_WIRE_SEALED, 100, 1);
    while ((taken = put(&wire, bytes, sizeof bytes, sizeof bytes)) == sizeof bytes)
        total += taken;
    assert_true(total >= PB_WIRE_AHEAD);
    assert_true(total <= PB_WIRE_AHEAD + 8 * 1024);
    /* Taking frames makes room again. */
    const uint8_t *body;
    size_t size;
    uint8_t type;
    for (int i = 0; i < 100; i++)
        assert_int_equal(pb_wire_frame(&wire, &type, &body, &size, NULL), PB_OK);
    assert_non_null(pb_wire_input(&wire, &size));
    pb_wire_free(&wire);
}

/* What is sent is header and body, in order, and an idle wire holds no memory. */
static void test_output(void **state)
{
    (void)state;
    struct pb_wire wire = {0};
    size_t size;
    memcpy(pb_wire_reserve(&wire, 10), "hello", 5);
    pb_wire_commit(&wire, PB_WIRE_SEALED, 5);
    memcpy(pb_wire_reserve(&wire, 3), "abc", 3);
    pb_wire_commit(&wire, PB_WIRE_HELLO, 3);
    const uint8_t *out = pb_wire_output(&wire, &size);
    static const uint8_t expected[] = {'P', 'B', 1, 4, 0, 0, 0, 5, 'h', 'e', 'l', 'l', 'o',
                                       'P', 'B', 1, 1, 0, 0, 0, 3, 'a', 'b', 'c'};
    assert_int_equal(size, sizeof expected);
    assert_memory_equal(out, expected, size);
    pb_wire_sent(&wire, 20);
    pb_wire_idle(&wire);
    pb_wire_output(&wire, &size);
    assert_int_equal(size, 4); /* what still waits stays */
    pb_wire_sent(&wire, 4);
    pb_wire_idle(&wire);
    assert_null(wire.out);
    pb_wire_free(&wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_cut),          cmocka_unit_test(test_bad_headers),
        cmocka_unit_test(test_refuse_of_the_future), cmocka_unit_test(test_memory_follows_bytes),
        cmocka_unit_test(test_read_ahead_ends),  cmocka_unit_test(test_output),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
