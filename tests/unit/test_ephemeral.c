/* The parts of the plugin ABI that the five ciphers leave alone (greet, parent, transcript), proven
 * with the test plugin `ephemeral` through the session's own calls; and that the two hostile test
 * plugins see what they look for when nobody confines them: their "no" on a server would say
 * nothing otherwise. */
#include "plugin.h"
#include "keypair.h"
#include "stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { STREAMS = 3, DATA = 3 };

struct end {
    char public_key[PB_KEY_MAX + 1], private_key[PB_KEY_MAX + 1];
    struct pb_party party;
    struct pb_session session;
    struct pb_stream streams[STREAMS];
    uint8_t greeting[PB_GREETING_MAX];
    size_t greeting_size;
};

/* The two ends of a conversation in memory: [0] the client, [1] the server. */
struct pair {
    struct pb_plugin plugin;
    struct end ends[2];
};

static struct pair *load(const char *file)
{
    struct pair *pair = calloc(1, sizeof *pair);
    struct pb_error error = {0};
    assert_non_null(pair);
    if (pb_plugin_load(&pair->plugin, file, &error) != PB_OK)
        fail_msg("%s", error.text);
    for (int i = 0; i < 2; i++) {
        struct end *end = &pair->ends[i];
        const char *const none[] = {NULL};
        struct pb_random random;
        struct pb_progress progress = {0};
        pb_random_seed(&random, 1, "keys", (uint64_t)i, 0); /* the same keys in every pair */
        assert_int_equal(pb_keypair_make(pair->plugin.cipher, &random, none, end->public_key,
                                           end->private_key, &progress, &error),
                         PB_OK);
    }
    return pair;
}

static void open_end(struct pair *pair, int i)
{
    struct end *end = &pair->ends[i];
    end->party = (struct pb_party){.role = i ? PB_SERVER : PB_CLIENT,
                                   .cipher = pair->plugin.cipher,
                                   .own_public = end->public_key,
                                   .own_private = end->private_key};
    pb_random_system(&end->party.random);
    pb_session_open(&end->session, &end->party);
    assert_int_equal(pb_stream_open(&end->streams[0], &end->session, 0, NULL), PB_OK);
}

static void greet(struct end *end)
{
    assert_int_equal(pb_stream_greet(&end->streams[0], end->greeting, &end->greeting_size, NULL),
                     PB_OK);
}

static uint8_t *copy(const void *bytes, size_t size)
{
    uint8_t *to = malloc(size + 1);
    assert_non_null(to);
    memcpy(to, bytes, size);
    return to;
}

/* What each end learns in a handshake. */
static void tell(struct pair *pair, int i, const char *hello)
{
    struct pb_session *session = &pair->ends[i].session;
    const struct end *peer = &pair->ends[!i];
    session->peer_public = strdup(peer->public_key);
    session->hello = copy(hello, session->hello_size = strlen(hello));
    session->welcome = copy("welcome", session->welcome_size = 7);
    session->greeting = copy(peer->greeting, session->greeting_size = peer->greeting_size);
}

/* Both ends, all streams; hellos: what each believes that HELLO was. */
static void begin(struct pair *pair, const char *client_hello, const char *server_hello)
{
    struct pb_error error = {0};
    for (int i = 0; i < 2; i++) {
        open_end(pair, i);
        greet(&pair->ends[i]);
    }
    tell(pair, 0, client_hello);
    tell(pair, 1, server_hello);
    for (uint32_t number = 0; number < STREAMS; number++) {
        for (int i = 0; i < 2; i++) {
            struct end *end = &pair->ends[i];
            if (number > 0)
                assert_int_equal(pb_stream_open(&end->streams[number], &end->session, number, NULL),
                                 PB_OK);
            if (pb_stream_start(&end->streams[number], &error) != PB_OK)
                fail_msg("%s", error.text);
        }
    }
}

static void end(struct pair *pair)
{
    for (int i = 0; i < 2; i++) {
        for (int number = STREAMS - 1; number >= 0; number--)
            pb_stream_close(&pair->ends[i].streams[number]);
        pb_session_close(&pair->ends[i].session);
    }
    pb_plugin_unload(&pair->plugin);
    free(pair);
}

/* Seals text on a stream of one end; the sealed body lies in wire until it is freed. */
static const uint8_t *seal(struct end *from, int number, const char *text, struct pb_wire *wire,
                           size_t *size)
{
    uint8_t *room = pb_stream_room(&from->streams[number], strlen(text));
    assert_non_null(room);
    memcpy(room, text, strlen(text));
    assert_int_equal(pb_stream_seal(&from->streams[number], wire, DATA, strlen(text), NULL), PB_OK);
    const uint8_t *frame = pb_wire_output(wire, size);
    *size -= PB_WIRE_HEADER;
    return frame + PB_WIRE_HEADER;
}

/* What arrives at the other end for this text, as a string of at most 600 bytes. */
static const char *send(struct pair *pair, int from, int number, const char *text)
{
    static char arrived[600];
    struct pb_wire wire = {0};
    size_t sealed_size, size;
    const uint8_t *sealed = seal(&pair->ends[from], number, text, &wire, &sealed_size), *body;
    uint8_t kind;
    int result = pb_stream_unseal(&pair->ends[!from].streams[number], sealed, sealed_size, &kind,
                                  &body, &size, NULL);
    snprintf(arrived, sizeof arrived, "%.*s", result == PB_OK && kind == DATA ? (int)size : 0,
             result == PB_OK ? (const char *)body : "");
    pb_wire_free(&wire);
    return arrived;
}

/* Every stream carries text both ways: the later ones find the ephemeral number in their parent,
 * for greet is called once. */
static void carries_text_on_every_stream(void **state)
{
    struct pair *pair = load(TEST_PLUGINS "/ephemeral.so");
    (void)state;
    begin(pair, "hello", "hello");
    for (int number = 0; number < STREAMS; number++) {
        for (int from = 0; from < 2; from++) {
            assert_string_equal(send(pair, from, number, "first"), "first");
            assert_string_equal(send(pair, from, number, "second"), "second");
        }
    }
    end(pair);
}

/* The greetings travel, are no constants, and two sessions of the same keys seal the same text
 * differently. */
static void is_fresh_in_every_session(void **state)
{
    uint8_t sealed[2][STREAMS][16], greetings[2][8];
    (void)state;
    for (int session = 0; session < 2; session++) {
        struct pair *pair = load(TEST_PLUGINS "/ephemeral.so");
        begin(pair, "hello",
              "hello"); /* the session id is zero in both: only the greetings differ */
        assert_int_equal(pair->ends[0].greeting_size, 8);
        memcpy(greetings[session], pair->ends[0].greeting, 8);
        for (int number = 0; number < STREAMS; number++) {
            struct pb_wire wire = {0};
            size_t size;
            const uint8_t *body = seal(&pair->ends[0], number, "fifteen letters", &wire, &size);
            assert_int_equal(size, 16);
            memcpy(sealed[session][number], body, 16);
            pb_wire_free(&wire);
        }
        end(pair);
    }
    assert_memory_not_equal(greetings[0], greetings[1], 8);
    for (int number = 0; number < STREAMS; number++)
        assert_memory_not_equal(sealed[0][number], sealed[1][number], 16);
    assert_memory_not_equal(sealed[0][0], sealed[0][1], 16);
    assert_memory_not_equal(sealed[0][1], sealed[0][2], 16);
}

/* Whoever saw another HELLO reads nothing, on no stream: the transcript is part of the key. */
static void is_bound_to_the_transcript(void **state)
{
    struct pair *pair = load(TEST_PLUGINS "/ephemeral.so");
    (void)state;
    begin(pair, "hello", "hellp");
    for (int number = 0; number < STREAMS; number++)
        assert_string_not_equal(send(pair, 0, number, "secret"), "secret");
    end(pair);
}

/* A peer that sends no greeting, or a number whose powers anybody knows, is refused with the
 * reason. */
static void refuses_bad_greetings(void **state)
{
    static const uint8_t bad[][9] = {{0},
                                     {0, 0, 0, 0, 0, 0, 0, 1},
                                     {0x1f, 255, 255, 255, 255, 255, 255, 254},
                                     {0x1f, 255, 255, 255, 255, 255, 255, 255},
                                     {255, 255, 255, 255, 255, 255, 255, 255},
                                     {0, 0, 0, 0, 0, 0, 9, 9, 9}};
    static const size_t sizes[] = {8, 8, 8, 8, 8, 9};
    (void)state;
    for (size_t i = 0; i <= sizeof bad / sizeof *bad; i++) {
        struct pair *pair = load(TEST_PLUGINS "/ephemeral.so");
        struct pb_error error = {0};
        open_end(pair, 0);
        greet(&pair->ends[0]);
        if (i < sizeof bad / sizeof *bad) {
            memcpy(pair->ends[1].greeting, bad[i], sizes[i]);
            pair->ends[1].greeting_size = sizes[i];
        }
        tell(pair, 0, "hello");
        assert_int_equal(pb_stream_start(&pair->ends[0].streams[0], &error), PB_REFUSED);
        assert_non_null(strstr(error.text, "no good ephemeral key"));
        end(pair);
    }
}

/* The core finds a pair of it good, so that server and key commands can offer it. */
static void is_found_good_by_the_core(void **state)
{
    struct pair *pair = load(TEST_PLUGINS "/ephemeral.so");
    struct pb_error error = {0};
    (void)state;
    if (pb_keypair_check(pair->plugin.cipher, pair->ends[0].public_key,
                              pair->ends[0].private_key, NULL, &error) != PB_OK)
        fail_msg("%s", error.text);
    assert_int_equal(pb_keypair_check(pair->plugin.cipher, pair->ends[1].public_key,
                                           pair->ends[0].private_key, NULL, NULL),
                     PB_REFUSED);
    pb_plugin_unload(&pair->plugin);
    free(pair);
}

/* Unconfined, the file plugin reaches what it reaches for, and says so in what the server reads. */
static void unconfined_files_are_reached(void **state)
{
    (void)state;
    setenv("PLUGBOARD_TEST_KEYS", TEST_SOURCE "/CMakeLists.txt", 1);
    struct pair *pair = load(TEST_PLUGINS "/hostile_files.so");
    begin(pair, "hello", "hello");
    const char *report = send(pair, 0, 1, "?");
    unsetenv("PLUGBOARD_TEST_KEYS");
    if (!strstr(report, "files:load,start,open keys:load,start,open ") ||
        !strstr(report, "exec:start,open") || !strstr(report, "fork:start,open") ||
        !strstr(report, "write:start,open flags:start,open seek:start,open"))
        fail_msg("%s", report);
    assert_string_equal(send(pair, 1, 1, "left alone in the client"), "left alone in the client");
    end(pair);
}

/* Where the marker lies: on the heap, or, as AddressSanitizer has one of its own, where it has
 * none. */
static char *marker_room(void)
{
#ifdef __SANITIZE_ADDRESS__
    static char room[64];
    return room;
#else
    char *room = malloc(64);
    assert_non_null(room);
    return room;
#endif
}

/* Unconfined, the memory plugin finds a marker that lies in memory, and does not find one that lies
 * nowhere. (Not under valgrind, which rightly complains about what it does.) */
static void unconfined_memory_is_searched(void **state)
{
    static const char backwards[] = "eno-siht-dnif";
    const char *preload = getenv("LD_PRELOAD");
    (void)state;
    if (preload && strstr(preload, "valgrind"))
        skip();
    char *marker = marker_room();
    for (int found = 0; found < 2; found++) {
        memset(marker, 0, 64);
        for (size_t i = 0; found && i < strlen(backwards); i++)
            marker[i] = backwards[strlen(backwards) - 1 - i];
        setenv("PLUGBOARD_TEST_MARKER", backwards, 1);
        struct pair *pair = load(TEST_PLUGINS "/hostile_memory.so");
        begin(pair, "hello", "hello");
        const char *report = send(pair, 0, 1, "?");
        const char *expected = found ? "memory:load,start,open looked:" : "memory:no looked:";
        unsetenv("PLUGBOARD_TEST_MARKER");
        if (strncmp(report, expected, strlen(expected)) != 0)
            fail_msg("%s", report);
        end(pair);
    }
#ifndef __SANITIZE_ADDRESS__
    free(marker);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carries_text_on_every_stream),
        cmocka_unit_test(is_fresh_in_every_session),
        cmocka_unit_test(is_bound_to_the_transcript),
        cmocka_unit_test(refuses_bad_greetings),
        cmocka_unit_test(is_found_good_by_the_core),
        cmocka_unit_test(unconfined_files_are_reached),
        cmocka_unit_test(unconfined_memory_is_searched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
