/* What the columns may contain, at both sides of every limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "field.h"

#include <plugboard/cipher.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GOOD(check, text) assert_null(check(text, strlen(text)))
#define BAD(check, text)  assert_non_null(check(text, strlen(text)))

static char *repeated(char letter, size_t count)
{
    char *text = malloc(count + 1);
    assert_non_null(text);
    memset(text, letter, count);
    text[count] = 0;
    return text;
}

/* A cipher is 1 to 31 of a-z, 0-9, - and _: nothing else ever becomes part of a path. */
static void test_cipher(void **state)
{
    (void)state;
    char *longest = repeated('a', 31), *longer = repeated('a', 32);
    GOOD(pb_field_cipher, "xor");
    GOOD(pb_field_cipher, "a-b_9");
    GOOD(pb_field_cipher, longest);
    BAD(pb_field_cipher, longer);
    BAD(pb_field_cipher, "");
    BAD(pb_field_cipher, "../xor");
    BAD(pb_field_cipher, "XOR");
    assert_non_null(pb_field_cipher("xor\0x", 5));
    free(longest);
    free(longer);
}

/* A key is 1 to PB_KEY_MAX bytes of printable ASCII. */
static void test_key(void **state)
{
    (void)state;
    char *longest = repeated('~', PB_KEY_MAX), *longer = repeated('~', PB_KEY_MAX + 1);
    GOOD(pb_field_key, " ");
    GOOD(pb_field_key, longest);
    BAD(pb_field_key, longer);
    BAD(pb_field_key, "");
    BAD(pb_field_key, "a\tb");
    BAD(pb_field_key, "a\x7f");
    BAD(pb_field_key, "\xc3\xa9");
    assert_non_null(pb_field_key("a\0b", 3));
    free(longest);
    free(longer);
}

/* A name is printable UTF-8 of 1 to 64 bytes that cannot be taken for a mere claim; a claim may be
 * empty or marked. */
static void test_name(void **state)
{
    (void)state;
    char *longest = repeated('a', 64), *longer = repeated('a', 65);
    GOOD(pb_field_name, "Zo\xc3\xab, the 2nd");
    GOOD(pb_field_name, longest);
    BAD(pb_field_name, longer);
    BAD(pb_field_name, "");
    BAD(pb_field_name, "?alice");
    BAD(pb_field_name, "a\nb");
    BAD(pb_field_name, "a\x1b[2J");
    BAD(pb_field_name, "a\xff");
    BAD(pb_field_name, "a\xc3");
    GOOD(pb_field_claimed, "");
    GOOD(pb_field_claimed, "?alice");
    longer[0] = '?';
    GOOD(pb_field_claimed, longer);
    BAD(pb_field_claimed, "a\nb");
    free(longest);
    free(longer);
}

/* Ports, counts and times: both sides of the limits, and one spelling each. */
static void test_numbers(void **state)
{
    (void)state;
    GOOD(pb_field_port, "1");
    GOOD(pb_field_port, "65535");
    BAD(pb_field_port, "0");
    BAD(pb_field_port, "65536");
    BAD(pb_field_port, "010");
    BAD(pb_field_port, "+1");
    GOOD(pb_field_number, "0");
    GOOD(pb_field_number, "4294967295");
    BAD(pb_field_number, "4294967296");
    BAD(pb_field_number, "99999999999999999999");
    BAD(pb_field_number, "-1");
    BAD(pb_field_number, "");
    GOOD(pb_field_address, "::1%eth0");
    BAD(pb_field_address, "a b");
    BAD(pb_field_address, "");
    GOOD(pb_field_time, "2025-11-30T12:00:00Z");
    BAD(pb_field_time, "2025-11-30 12:00:00Z");
    BAD(pb_field_time, "2025-11-30T12:00:00");
    BAD(pb_field_time, "2025-11-30T12:00:00+01:00");
    BAD(pb_field_time, "");
}

/* Times are written as ISO 8601 in UTC, whatever the time zone, and always pass their own check. */
static void test_time(void **state)
{
    (void)state;
    static const time_t times[] = {0, 1, 1764504000, INT32_MAX, -1, (time_t)1 << 62};
    char text[PB_FIELD_TIME_SIZE];
    setenv("TZ", "Asia/Tokyo", 1);
    tzset();
    pb_field_write_time(text, 1764504000);
    assert_string_equal(text, "2025-11-30T12:00:00Z");
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        pb_field_write_time(text, times[i]);
        GOOD(pb_field_time, text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cipher),  cmocka_unit_test(test_key),  cmocka_unit_test(test_name),
        cmocka_unit_test(test_numbers), cmocka_unit_test(test_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
