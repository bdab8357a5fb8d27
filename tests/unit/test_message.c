/* message.c: what is written is read back, and nothing that is not exactly as PROTOCOL.md says is read. */
#include "message.h"
#include "wire.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

static const uint8_t greeting[] = {0, 1, 0xff, 'g'};

static struct pb_hello example(void)
{
    struct pb_hello hello = {.cipher = "xor", .format = 0x0102, .service = "talk", .name = "alice", .public_key = "n=3233 e=17"};
    for (size_t i = 0; i < sizeof hello.random; i++)
        hello.random[i] = (uint8_t)(i * 7);
    hello.greeting = greeting;
    hello.greeting_size = sizeof greeting;
    return hello;
}

/* A body under construction, so that each test says only what is wrong with it. */
struct draft {
    uint8_t bytes[64 * 1024];
    size_t size;
};

static void add(struct draft *draft, const void *bytes, size_t size)
{
    memcpy(draft->bytes + draft->size, bytes, size);
    draft->size += size;
}

static void add_number(struct draft *draft, size_t bytes, size_t number)
{
    while (bytes-- > 0)
        draft->bytes[draft->size++] = (uint8_t)(number >> 8 * bytes);
}

static void add_text(struct draft *draft, size_t bytes, const char *text, size_t size)
{
    add_number(draft, bytes, size);
    add(draft, text, size);
}

/* A HELLO with one field replaced: which 0 cipher, 1 service, 2 name, 3 key, 4 greeting, 5 extensions. */
static struct draft *hello_with(unsigned which, const void *text, size_t size)
{
    static struct draft draft;
    static const uint8_t random[32] = {0};
    static const struct {
        size_t length_bytes;
        const char *usual;
    } fields[] = {{1, "xor"}, {1, "talk"}, {1, "bob"}, {2, "k"}, {2, ""}, {2, ""}};
    draft.size = 0;
    add(&draft, random, sizeof random);
    for (unsigned i = 0; i < 6; i++) {
        if (i == which)
            add_text(&draft, fields[i].length_bytes, text, size);
        else
            add_text(&draft, fields[i].length_bytes, fields[i].usual, strlen(fields[i].usual));
        if (i == 0)
            add_number(&draft, 2, 1);
    }
    return &draft;
}

/* Reads a copy that ends exactly where the body ends, so that ASan and valgrind see a byte read too far. */
static int read_hello(const uint8_t *body, size_t size)
{
    static struct pb_hello hello;
    struct pb_error error = {0};
    uint8_t *exact = malloc(size ? size : 1);
    assert_non_null(exact);
    memcpy(exact, body, size);
    int status = pb_message_read_hello(&hello, exact, size, &error);
    assert_int_equal(status, error.status);
    assert_true(status == PB_OK || strlen(error.text) > 0);
    free(exact);
    return status;
}

static void expect(int status, unsigned which, const void *text, size_t size)
{
    struct draft *draft = hello_with(which, text, size);
    int got = read_hello(draft->bytes, draft->size);
    if (got != status)
        print_error("field %u, %zu bytes\n", which, size);
    assert_int_equal(got, status);
}

/* HELLO has the layout of PROTOCOL.md to the byte. */
static void hello_has_its_layout(void **state)
{
    (void)state;
    static const uint8_t after_random[] = "\x03xor\x01\x02\x04talk\x05" "alice\x00\x0bn=3233 e=17\x00\x04\x00\x01\xffg\x00\x00";
    static uint8_t body[PB_WIRE_HELLO_MAX];
    struct pb_hello hello = example();
    size_t size = pb_message_write_hello(&hello, body);
    assert_int_equal(size, 32 + sizeof after_random - 1);
    assert_memory_equal(body, hello.random, 32);
    assert_memory_equal(body + 32, after_random, size - 32);
}

/* Every field that is written is read back as it was. */
static void hello_comes_back(void **state)
{
    (void)state;
    static uint8_t body[PB_WIRE_HELLO_MAX];
    static struct pb_hello back;
    struct pb_hello hello = example();
    struct pb_error error = {0};
    size_t size = pb_message_write_hello(&hello, body);
    assert_int_equal(pb_message_read_hello(&back, body, size, &error), PB_OK);
    assert_memory_equal(back.random, hello.random, 32);
    assert_string_equal(back.cipher, hello.cipher);
    assert_int_equal(back.format, hello.format);
    assert_string_equal(back.service, hello.service);
    assert_string_equal(back.name, hello.name);
    assert_string_equal(back.public_key, hello.public_key);
    assert_int_equal(back.greeting_size, sizeof greeting);
    assert_memory_equal(back.greeting, greeting, sizeof greeting);
}

/* The largest of everything fits into a HELLO frame and is read back. */
static void the_largest_hello_fits(void **state)
{
    (void)state;
    static struct pb_hello hello, back;
    static uint8_t body[PB_WIRE_HELLO_MAX], large[PB_GREETING_MAX];
    struct pb_error error = {0};
    memset(hello.cipher, 'c', PB_NAME_MAX);
    memset(hello.service, 's', PB_SERVICE_MAX);
    memset(hello.name, 'n', PB_PEER_NAME_MAX);
    memset(hello.public_key, '~', PB_KEY_MAX);
    hello.format = 65535;
    hello.greeting = large;
    hello.greeting_size = sizeof large;
    size_t size = pb_message_write_hello(&hello, body);
    assert_true(size <= sizeof body);
    assert_int_equal(pb_message_read_hello(&back, body, size, &error), PB_OK);
    assert_string_equal(back.public_key, hello.public_key);
    assert_int_equal(back.greeting_size, PB_GREETING_MAX);
}

/* A HELLO that is cut anywhere, or has a byte more, is refused. */
static void hello_is_whole_or_nothing(void **state)
{
    (void)state;
    static uint8_t body[PB_WIRE_HELLO_MAX];
    struct pb_hello hello = example();
    size_t size = pb_message_write_hello(&hello, body);
    for (size_t cut = 0; cut < size; cut++)
        assert_int_equal(read_hello(body, cut), PB_PROTOCOL);
    assert_int_equal(read_hello(body, size), PB_OK);
    body[size] = 0;
    assert_int_equal(read_hello(body, size + 1), PB_PROTOCOL);
}

/* Cipher and service are [a-z0-9_-]{1,31}: nothing else could ever become part of a path. */
static void names_are_plain(void **state)
{
    (void)state;
    char name[33];
    memset(name, 'a', sizeof name);
    for (unsigned which = 0; which < 2; which++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            char text[2] = {'a', (char)byte};
            bool good = byte && strchr("abcdefghijklmnopqrstuvwxyz0123456789_-", (int)byte);
            expect(good ? PB_OK : PB_PROTOCOL, which, text, 2);
        }
        expect(PB_PROTOCOL, which, "", 0);
        expect(PB_OK, which, name, 31);
        expect(PB_PROTOCOL, which, name, 32);
        expect(PB_PROTOCOL, which, "../xor", 6);
    }
}

/* The name may be empty and in any script, but holds nothing that a terminal would act on. */
static void the_name_is_harmless(void **state)
{
    (void)state;
    char name[65];
    memset(name, 'a', sizeof name);
    expect(PB_OK, 2, "", 0);
    expect(PB_OK, 2, "Zo\xc3\xab \\ \xe6\xbc\xa2", 10);
    expect(PB_OK, 2, name, 64);
    expect(PB_PROTOCOL, 2, name, 65);
    expect(PB_PROTOCOL, 2, "a\x1b[2J", 5);
    expect(PB_PROTOCOL, 2, "a\0b", 3);
    expect(PB_PROTOCOL, 2, "a\n", 2);
    expect(PB_PROTOCOL, 2, "\x7f", 1);
    expect(PB_PROTOCOL, 2, "\xc3", 1);             /* cut UTF-8 */
    expect(PB_PROTOCOL, 2, "\xc2\x9b" "2J", 4);    /* C1: the eight-bit escape */
    expect(PB_PROTOCOL, 2, "\xe2\x80\xae" "x", 4); /* right-to-left override */
}

/* A key is 1 to 16383 bytes from 0x20 to 0x7e; what else it is, only the cipher knows. */
static void the_key_is_printable(void **state)
{
    (void)state;
    static char key[PB_KEY_MAX + 1];
    memset(key, 'k', sizeof key);
    expect(PB_PROTOCOL, 3, "", 0);
    expect(PB_OK, 3, key, 1);
    expect(PB_OK, 3, key, PB_KEY_MAX);
    expect(PB_PROTOCOL, 3, key, PB_KEY_MAX + 1);
    for (unsigned byte = 0; byte < 256; byte++) {
        char text[3] = {'a', (char)byte, 'b'};
        expect(byte >= 0x20 && byte <= 0x7e ? PB_OK : PB_PROTOCOL, 3, text, 3);
    }
}

/* A greeting may hold any bytes, but not more of them than the ABI allows. */
static void the_greeting_has_a_limit(void **state)
{
    (void)state;
    static char bytes[PB_GREETING_MAX + 1];
    expect(PB_OK, 4, bytes, PB_GREETING_MAX);
    expect(PB_PROTOCOL, 4, bytes, PB_GREETING_MAX + 1);
}

/* Extensions that nobody knows are skipped, but only if each is whole. */
static void unknown_extensions_are_skipped(void **state)
{
    (void)state;
    expect(PB_OK, 5, "\xff\xff\x00\x00", 4);
    expect(PB_OK, 5, "\x00\x01\x00\x02hi\x00\x01\x00\x01x", 11);
    expect(PB_PROTOCOL, 5, "\x00", 1);
    expect(PB_PROTOCOL, 5, "\x00\x01\x00", 3);
    expect(PB_PROTOCOL, 5, "\x00\x01\x00\x03hi", 6);
    expect(PB_PROTOCOL, 5, "\x00\x01\xff\xffhi", 6);
}

/* No cipher has format 0. */
static void format_zero_is_refused(void **state)
{
    (void)state;
    struct draft *draft = hello_with(9, NULL, 0);
    assert_int_equal(read_hello(draft->bytes, draft->size), PB_OK);
    draft->bytes[32 + 1 + 3 + 1] = 0;
    assert_int_equal(read_hello(draft->bytes, draft->size), PB_PROTOCOL);
}

/* SWITCH, OFFER and JOIN: the layout of PROTOCOL.md, and back again. */
static void places_and_joins_come_back(void **state)
{
    (void)state;
    uint8_t body[128];
    struct pb_error error = {0};
    struct pb_place place = {.stream = 7, .port = 0x1234, .ticket = "0123456789abcde", .hello = (const uint8_t *)"HE", .hello_size = 2, .host = "::1"};
    struct pb_place back;
    static const uint8_t switched[] = "\x12\x34" "0123456789abcde\0" "\0\x02HE" "\x03::1";
    assert_int_equal(pb_message_switch_size(&place), sizeof switched - 1);
    pb_message_write_switch(&place, body);
    assert_memory_equal(body, switched, sizeof switched - 1);
    assert_int_equal(pb_message_read_switch(&back, body, sizeof switched - 1, &error), PB_OK);
    assert_int_equal(back.port, place.port);
    assert_memory_equal(back.ticket, place.ticket, PB_TICKET_SIZE);
    assert_int_equal(back.hello_size, 2);
    assert_memory_equal(back.hello, "HE", 2);
    assert_string_equal(back.host, "::1");

    static const uint8_t offered[] = "\0\0\0\x07\x12\x34" "0123456789abcde\0" "\x03::1";
    assert_int_equal(pb_message_offer_size(&place), sizeof offered - 1);
    pb_message_write_offer(&place, body);
    assert_memory_equal(body, offered, sizeof offered - 1);
    assert_int_equal(pb_message_read_offer(&back, body, sizeof offered - 1, &error), PB_OK);
    assert_int_equal(back.stream, 7);
    assert_int_equal(back.port, place.port);

    struct pb_join join = {.ticket = "0123456789abcde", .welcome = (const uint8_t *)"WEL", .welcome_size = 3}, joined;
    static const uint8_t expected[] = "0123456789abcde\0" "\0\x03WEL";
    assert_int_equal(pb_message_join_size(&join), sizeof expected - 1);
    pb_message_write_join(&join, body);
    assert_memory_equal(body, expected, sizeof expected - 1);
    assert_int_equal(pb_message_read_join(&joined, body, sizeof expected - 1, &error), PB_OK);
    assert_memory_equal(joined.ticket, join.ticket, PB_TICKET_SIZE);
    assert_int_equal(joined.welcome_size, 3);
    assert_memory_equal(joined.welcome, "WEL", 3);
}

static int read_switch(const uint8_t *body, size_t size)
{
    struct pb_place place;
    return pb_message_read_switch(&place, body, size, NULL);
}

static int read_offer(const uint8_t *body, size_t size)
{
    struct pb_place place;
    return pb_message_read_offer(&place, body, size, NULL);
}

static int read_join(const uint8_t *body, size_t size)
{
    struct pb_join join;
    return pb_message_read_join(&join, body, size, NULL);
}

/* SWITCH, OFFER and JOIN that are cut anywhere, or have a byte more, are refused. */
static void places_and_joins_are_whole(void **state)
{
    (void)state;
    static const struct {
        int (*read)(const uint8_t *body, size_t size);
        const char *body;
        size_t size;
    } cases[] = {
        {read_switch, "\x12\x34" "0123456789abcdef" "\0\x02HE" "\x01h", 24},
        {read_offer, "\0\0\0\x02\x12\x34" "0123456789abcdef" "\x01h", 24},
        {read_join, "0123456789abcdef" "\0\x03WEL", 21},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t size = 0; size <= cases[i].size + 1; size++) {
            uint8_t *exact = calloc(1, size + 1);
            uint8_t *body = exact ? realloc(exact, size ? size : 1) : NULL;
            assert_non_null(body);
            memcpy(body, cases[i].body, size < cases[i].size ? size : cases[i].size);
            if (size > cases[i].size)
                body[size - 1] = 0;
            assert_int_equal(cases[i].read(body, size), size == cases[i].size ? PB_OK : PB_PROTOCOL);
            free(body);
        }
    }
}

/* Port 0 means "stay here" in SWITCH alone; streams 0 and 1 are never offered; a host has no spaces or controls. */
static void odd_places_are_refused(void **state)
{
    (void)state;
    assert_int_equal(read_switch((const uint8_t *)"\0\0" "0123456789abcdef" "\0\0" "\0", 21), PB_OK);
    assert_int_equal(read_offer((const uint8_t *)"\0\0\0\x02\0\0" "0123456789abcdef" "\0", 23), PB_PROTOCOL);
    assert_int_equal(read_offer((const uint8_t *)"\0\0\0\x01\0\x01" "0123456789abcdef" "\0", 23), PB_PROTOCOL);
    assert_int_equal(read_offer((const uint8_t *)"\0\0\0\0\0\x01" "0123456789abcdef" "\0", 23), PB_PROTOCOL);
    assert_int_equal(read_switch((const uint8_t *)"\0\0" "0123456789abcdef" "\0\0" "\x03" "a b", 24), PB_PROTOCOL);
    assert_int_equal(read_switch((const uint8_t *)"\0\0" "0123456789abcdef" "\0\0" "\x03" "a\0b", 24), PB_PROTOCOL);
}

/* A refusal carries at most 200 printable bytes, whatever either side puts in. */
static void refusals_are_short_and_printable(void **state)
{
    (void)state;
    uint8_t body[2 + PB_SENTENCE_MAX + 1];
    char large[300];
    struct pb_refusal_text text;
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = 0;
    assert_int_equal(pb_message_write_refusal(PB_REFUSAL_BUSY, large, body), 2 + PB_SENTENCE_MAX);
    assert_int_equal(pb_message_read_refusal(&text, body, 2 + PB_SENTENCE_MAX, NULL), PB_OK);
    assert_int_equal(text.code, PB_REFUSAL_BUSY);
    assert_int_equal(strlen(text.sentence), PB_SENTENCE_MAX);

    memset(body, 'y', sizeof body);
    assert_int_equal(pb_message_read_refusal(&text, body, sizeof body, NULL), PB_PROTOCOL);
    assert_int_equal(pb_message_read_refusal(&text, body, 1, NULL), PB_PROTOCOL);
    assert_int_equal(pb_message_read_refusal(&text, body, 0, NULL), PB_PROTOCOL);
    assert_int_equal(pb_message_read_refusal(&text, body, 2, NULL), PB_OK);
    assert_string_equal(text.sentence, "");

    assert_int_equal(pb_message_read_refusal(&text, (const uint8_t *)"\0\x01" "a\x1b\0\xffz", 7, NULL), PB_OK);
    assert_string_equal(text.sentence, "a???z");
    assert_int_equal(pb_message_write_refusal(1, "a\n\xc3", body), 5);
    assert_memory_equal(body, "\0\x01" "a??", 5);
}

/* Every code has its sentence, which goes out when there is no better one; an unknown code has a word too. */
static void every_code_has_a_sentence(void **state)
{
    (void)state;
    static const char *const sentences[] = {
#define X(name, number, sentence) [number] = sentence,
        PB_REFUSAL_TABLE(X)
#undef X
    };
    for (unsigned code = 1; code < sizeof sentences / sizeof *sentences; code++) {
        uint8_t body[2 + PB_SENTENCE_MAX];
        assert_non_null(sentences[code]);
        assert_true(strlen(sentences[code]) <= PB_SENTENCE_MAX);
        size_t size = pb_message_write_refusal(code, NULL, body);
        assert_int_equal(body[0] << 8 | body[1], code);
        assert_int_equal(size, 2 + strlen(sentences[code]));
        assert_memory_equal(body + 2, sentences[code], size - 2);
    }
    assert_string_equal(pb_message_refusal(0), "refused");
    assert_string_equal(pb_message_refusal(65535), "refused");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hello_has_its_layout),
        cmocka_unit_test(hello_comes_back),
        cmocka_unit_test(the_largest_hello_fits),
        cmocka_unit_test(hello_is_whole_or_nothing),
        cmocka_unit_test(names_are_plain),
        cmocka_unit_test(the_name_is_harmless),
        cmocka_unit_test(the_key_is_printable),
        cmocka_unit_test(the_greeting_has_a_limit),
        cmocka_unit_test(unknown_extensions_are_skipped),
        cmocka_unit_test(format_zero_is_refused),
        cmocka_unit_test(places_and_joins_come_back),
        cmocka_unit_test(places_and_joins_are_whole),
        cmocka_unit_test(odd_places_are_refused),
        cmocka_unit_test(refusals_are_short_and_printable),
        cmocka_unit_test(every_code_has_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
