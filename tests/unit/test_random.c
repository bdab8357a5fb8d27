/* Randomness: fresh without a seed, a function of four things with one. */
#include "random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* The kernel's bytes are not the same twice, and no byte is left out. */
static void draws_from_the_kernel(void **state)
{
    struct pb_random random;
    unsigned char one[64], other[64], any[64] = {0};
    (void)state;
    pb_random_system(&random);
    pb_random_bytes(&random, one, sizeof one);
    pb_random_bytes(&random, other, sizeof other);
    assert_memory_not_equal(one, other, sizeof one);
    for (int draw = 0; draw < 32; draw++) {
        pb_random_bytes(&random, one, sizeof one);
        for (size_t i = 0; i < sizeof any; i++)
            any[i] |= one[i];
    }
    for (size_t i = 0; i < sizeof any; i++)
        assert_int_not_equal(any[i], 0);
}

static void draw(const char *purpose, uint64_t seed, uint64_t number, uint64_t stream,
                 unsigned char out[32])
{
    struct pb_random random;
    pb_random_seed(&random, seed, purpose, number, stream);
    pb_random_bytes(&random, out, 32);
}

/* The same four things give the same bytes; another seed, purpose, number or stream gives others.
 */
static void is_a_function_of_four_things(void **state)
{
    unsigned char one[32], other[32];
    (void)state;
    draw("session", 7, 1, 2, one);
    draw("session", 7, 1, 2, other);
    assert_memory_equal(one, other, sizeof one);
    draw("session", 8, 1, 2, other);
    assert_memory_not_equal(one, other, sizeof one);
    draw("sessiom", 7, 1, 2, other);
    assert_memory_not_equal(one, other, sizeof one);
    draw("session", 7, 2, 2, other);
    assert_memory_not_equal(one, other, sizeof one);
    draw("session", 7, 1, 3, other);
    assert_memory_not_equal(one, other, sizeof one);
    draw("session", 7, 2, 1, other);
    assert_memory_not_equal(one, other, sizeof one);
}

/* A seeded sequence goes on: whole words drawn together or one after another are the same bytes. */
static void goes_on(void **state)
{
    struct pb_random random;
    unsigned char together[64], apart[64];
    (void)state;
    pb_random_seed(&random, 1, "x", 0, 0);
    pb_random_bytes(&random, together, sizeof together);
    pb_random_seed(&random, 1, "x", 0, 0);
    for (size_t i = 0; i < sizeof apart; i += 8)
        pb_random_bytes(&random, apart + i, 8);
    assert_memory_equal(together, apart, sizeof apart);
    assert_memory_not_equal(together, together + 32, 32);
}

/* What was printed for --seed once must stay: these bytes are fixed, on every machine. */
static void never_changes(void **state)
{
    static const unsigned char expected[8] = {0x9a, 0xf6, 0x8c, 0x71, 0xea, 0x22, 0xee, 0xd2};
    unsigned char drawn[32];
    (void)state;
    draw("session", 42, 1, 0, drawn);
    assert_memory_equal(drawn, expected, sizeof expected);
}

/* A number between two bounds reaches both, never leaves them, and takes each about as often. */
static void draws_between(void **state)
{
    struct pb_random random;
    unsigned counts[6] = {0};
    (void)state;
    pb_random_seed(&random, 3, "between", 0, 0);
    for (int i = 0; i < 6000; i++) {
        uint32_t number = pb_random_between(&random, 10, 15);
        assert_in_range(number, 10, 15);
        counts[number - 10]++;
    }
    for (size_t i = 0; i < 6; i++)
        assert_in_range(counts[i], 850, 1150);
    assert_int_equal(pb_random_between(&random, 7, 7), 7);
    assert_in_range(pb_random_between(&random, 0, UINT32_MAX), 0, UINT32_MAX);
    assert_int_equal(pb_random_between(&random, UINT32_MAX, UINT32_MAX), UINT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_from_the_kernel),
        cmocka_unit_test(is_a_function_of_four_things),
        cmocka_unit_test(goes_on),
        cmocka_unit_test(never_changes),
        cmocka_unit_test(draws_between),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
