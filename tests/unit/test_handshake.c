/* The two ends of the handshake in memory: what they agree on, and what they notice. */
#include "marked.h" /* before cmocka.h, which takes the word `fail` for itself */

#include "handshake.h"
#include "keypair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

struct pair {
    struct pb_party client_party, server_party;
    struct pb_handshake client, server;
    struct pb_stream client_one, server_one;
    struct pb_wire client_wire, server_wire; /* of the new connection */
};

static int setup(void **state)
{
    struct pair *pair = calloc(1, sizeof *pair);
    memset(&marked_does, 0, sizeof marked_does);
    pair->client_party = marked_party(PB_CLIENT);
    pair->server_party = marked_party(PB_SERVER);
    pb_handshake_init(&pair->client, &pair->client_party);
    pb_handshake_init(&pair->server, NULL);
    *state = pair;
    return 0;
}

static int teardown(void **state)
{
    struct pair *pair = *state;
    pb_stream_close(&pair->client_one);
    pb_stream_close(&pair->server_one);
    pb_wire_free(&pair->client_wire);
    pb_wire_free(&pair->server_wire);
    pb_handshake_free(&pair->client);
    pb_handshake_free(&pair->server);
    free(pair);
    return 0;
}

static void restart(void **state)
{
    teardown(state);
    setup(state);
}

/* Moves what one wire has to say into the other, at most `limit` bytes, the byte at `flip` changed (SIZE_MAX: none). */
static size_t carry(struct pb_wire *from, struct pb_wire *to, size_t limit, size_t flip)
{
    size_t size, done = 0;
    const uint8_t *out = pb_wire_output(from, &size);
    if (size > limit)
        size = limit;
    while (done < size) {
        size_t room;
        uint8_t *in = pb_wire_input(to, &room);
        if (!in)
            break;
        if (room > size - done)
            room = size - done;
        memcpy(in, out + done, room);
        if (flip >= done && flip < done + room)
            in[flip - done] ^= 1;
        pb_wire_received(to, room);
        done += room;
    }
    pb_wire_sent(from, size);
    return size;
}

/* The steps until a result other than PB_OK; `flip` is the byte changed in the frame of step `where` (1 to 4). */
static int shake(struct pair *pair, int where, size_t flip, struct pb_error *error)
{
    struct pb_handshake *client = &pair->client, *server = &pair->server;
    size_t none = SIZE_MAX;
    int result;
    if ((result = pb_handshake_say_hello(client, error)) != PB_OK)
        return result;
    carry(&client->wire, &server->wire, none, where == 1 ? flip : none);
    if ((result = pb_handshake_hear_hello(server, NULL, error)) != PB_OK ||
        (result = pb_handshake_say_welcome(server, &pair->server_party, error)) != PB_OK)
        return result;
    carry(&server->wire, &client->wire, none, where == 2 ? flip : none);
    if ((result = pb_handshake_hear_welcome(client, error)) != PB_OK || (result = pb_handshake_meet(client, error)) != PB_OK)
        return result;
    server->place.port = 4711;
    if ((result = pb_handshake_say_switch(server, error)) != PB_OK)
        return result;
    carry(&server->wire, &client->wire, none, where == 3 ? flip : none);
    if ((result = pb_handshake_hear_switch(client, error)) != PB_OK ||
        (result = pb_handshake_say_join(client, &pair->client_one, 1, &pair->client_wire, &client->place, error)) != PB_OK ||
        (result = pb_stream_open(&pair->server_one, &server->session, 1, error)) != PB_OK ||
        (result = pb_stream_start(&pair->server_one, error)) != PB_OK)
        return result;
    pair->server_wire.limit[PB_WIRE_SEALED] = pair->server_one.sealed_limit;
    carry(&pair->client_wire, &pair->server_wire, none, where == 4 ? flip : none);
    return pb_handshake_hear_join(server, &pair->server_one, &pair->server_wire, &server->place, error);
}

/* Both ends agree on id, transcript, keys, port and ticket. */
static void test_agree(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(shake(pair, 0, 0, NULL), PB_OK);
    const struct pb_session *client = &pair->client.session, *server = &pair->server.session;
    assert_memory_equal(client->id, server->id, sizeof client->id);
    assert_int_equal(client->hello_size, server->hello_size);
    assert_memory_equal(client->hello, server->hello, client->hello_size);
    assert_int_equal(client->welcome_size, server->welcome_size);
    assert_memory_equal(client->welcome, server->welcome, client->welcome_size);
    assert_string_equal(client->peer_public, "pub-s");
    assert_string_equal(server->peer_public, "pub-a");
    assert_int_equal(pair->client.place.port, 4711);
    assert_memory_equal(pair->client.place.ticket, pair->server.place.ticket, PB_TICKET_SIZE);
    assert_memory_equal(((struct marked_memory *)pair->server_one.memory)->greeting, "hi there", 8);
    assert_string_equal(pair->server.peer.name, "alice");
}

/* A bit flipped in any byte of any of the four frames ends the handshake before it is complete, on one side or the other. */
static void test_every_byte_counts(void **state)
{
    struct pair *pair = *state;
    size_t sizes[5] = {0};
    assert_int_equal(shake(pair, 0, 0, NULL), PB_OK);
    sizes[1] = PB_WIRE_HEADER + pair->client.session.hello_size;
    sizes[2] = PB_WIRE_HEADER + pair->client.session.welcome_size;
    sizes[3] = PB_WIRE_HEADER + 1 + pb_message_switch_size(&pair->server.place) + MARK;
    sizes[4] = PB_WIRE_HEADER + 1 + PB_TICKET_SIZE + 2 + pair->client.session.welcome_size + MARK;
    for (int where = 1; where <= 4; where++) {
        for (size_t flip = 0; flip < sizes[where]; flip++) {
            restart(state);
            pair = *state;
            int result = shake(pair, where, flip, NULL);
            bool port = where == 3 && flip >= PB_WIRE_HEADER + MARK + 1 && flip < PB_WIRE_HEADER + MARK + 3;
            if (port) /* a port changed under a cipher without integrity: the client goes elsewhere, nobody is let in */
                assert_int_not_equal(pair->client.place.port, 4711);
            else
                assert_int_not_equal(result, PB_OK);
        }
    }
}

/* A handshake cut at every byte waits for more and takes nothing for whole. */
static void test_cut_at_every_byte(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(pb_handshake_say_hello(&pair->client, NULL), PB_OK);
    for (;;) {
        int result = pb_handshake_hear_hello(&pair->server, NULL, NULL);
        if (result == PB_OK)
            break;
        assert_int_equal(result, PB_AGAIN);
        assert_int_equal(carry(&pair->client.wire, &pair->server.wire, 1, SIZE_MAX), 1);
    }
    size_t left;
    pb_wire_output(&pair->client.wire, &left);
    assert_int_equal(left, 0);
    assert_int_equal(pb_handshake_say_welcome(&pair->server, &pair->server_party, NULL), PB_OK);
    for (int result; (result = pb_handshake_hear_welcome(&pair->client, NULL)) != PB_OK;) {
        assert_int_equal(result, PB_AGAIN);
        assert_int_equal(carry(&pair->server.wire, &pair->client.wire, 1, SIZE_MAX), 1);
    }
}

/* REFUSE instead of WELCOME reaches the client with its sentence. */
static void test_refuse(void **state)
{
    struct pair *pair = *state;
    struct pb_error error = {0};
    assert_int_equal(pb_handshake_say_hello(&pair->client, NULL), PB_OK);
    pb_handshake_refuse(&pair->server, NULL, PB_REFUSAL_NOT_ALLOWED, NULL);
    carry(&pair->server.wire, &pair->client.wire, SIZE_MAX, SIZE_MAX);
    assert_int_equal(pb_handshake_hear_welcome(&pair->client, &error), PB_PEER_REFUSED);
    assert_int_equal(pair->client.refusal.code, PB_REFUSAL_NOT_ALLOWED);
    assert_non_null(strstr(error.text, "allowed"));
}

/* What the server shows must fit what was asked for: cipher, service, format, and a key that is not ours. */
static void test_other_answers(void **state)
{
    static struct pb_cipher renamed, reformatted;
    static const struct {
        const struct pb_cipher *cipher;
        const char *service, *key, *says;
        int result;
    } cases[] = {
        {&renamed, "talk", "pub-s", "answers with other", PB_PROTOCOL},
        {&reformatted, "talk", "pub-s", "another version", PB_REFUSED},
        {&marked, "ftp", "pub-s", "answers with ftp", PB_PROTOCOL},
        {&marked, "talk", "pub-a", "our own public key", PB_REFUSED},
    };
    renamed = reformatted = marked;
    renamed.name = "other";
    reformatted.format = 2;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        restart(state);
        struct pair *pair = *state;
        struct pb_error error = {0};
        pair->server_party.cipher = cases[i].cipher;
        pair->server_party.service = cases[i].service;
        pair->server_party.own_public = cases[i].key;
        assert_int_equal(shake(pair, 0, 0, &error), cases[i].result);
        assert_non_null(strstr(error.text, cases[i].says));
    }
}

/* A key that the server's start refuses leaves nothing said: REFUSE can still come instead of WELCOME. */
static void test_bad_key_says_nothing(void **state)
{
    struct pair *pair = *state;
    struct pb_error error = {0};
    size_t size;
    pair->client_party.own_public = "pub-bad";
    assert_int_equal(shake(pair, 0, 0, &error), PB_REFUSED);
    assert_string_equal(error.text, "the key says that it is bad");
    pb_wire_output(&pair->server.wire, &size);
    assert_int_equal(size, 0);
}

/* Nothing but the right frame is taken at each step: a second HELLO, or SEALED before WELCOME, is an error. */
static void test_wrong_order(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(pb_handshake_say_hello(&pair->client, NULL), PB_OK);
    carry(&pair->client.wire, &pair->server.wire, SIZE_MAX, SIZE_MAX);
    assert_int_equal(pb_handshake_hear_hello(&pair->server, NULL, NULL), PB_OK);
    static const uint8_t hello[] = {'P', 'B', 1, PB_WIRE_HELLO, 0, 0, 0, 1, 0}, sealed[] = {'P', 'B', 1, PB_WIRE_SEALED, 0, 0, 0, 1, 0};
    size_t room;
    memcpy(pb_wire_input(&pair->server.wire, &room), hello, sizeof hello);
    pb_wire_received(&pair->server.wire, sizeof hello);
    assert_int_equal(pb_handshake_hear_hello(&pair->server, NULL, NULL), PB_PROTOCOL);
    memcpy(pb_wire_input(&pair->client.wire, &room), sealed, sizeof sealed);
    pb_wire_received(&pair->client.wire, sizeof sealed);
    assert_int_equal(pb_handshake_hear_welcome(&pair->client, NULL), PB_PROTOCOL);
}

/* Made keys are texts that the core accepts, the seed decides them, and options reach the plugin. */
static void test_keygen(void **state)
{
    (void)state;
    struct pb_random random, again;
    struct pb_error error = {0};
    const char *const no_options[] = {NULL}, *const options[] = {"bits=7", NULL};
    static char public_key[PB_KEY_MAX + 1], private_key[PB_KEY_MAX + 1], other[PB_KEY_MAX + 1];
    pb_random_seed(&random, 5, "keys marked", 0, 0);
    again = random;
    assert_int_equal(pb_keypair_make(&marked, &random, no_options, public_key, private_key, NULL, NULL), PB_OK);
    assert_int_equal(pb_keypair_make(&marked, &again, no_options, other, private_key, NULL, NULL), PB_OK);
    assert_string_equal(public_key, other);
    assert_int_equal(pb_keypair_make(&marked, &again, no_options, other, private_key, NULL, NULL), PB_OK);
    assert_string_not_equal(public_key, other);
    assert_int_equal(pb_keypair_make(&marked, &random, options, other, private_key, NULL, &error), PB_REFUSED);
    assert_non_null(strstr(error.text, "no option bits=7"));
}

/* A pair that works is accepted, one that start refuses or that does not decrypt is not. */
static void test_check_pair(void **state)
{
    (void)state;
    struct pb_error error = {0};
    assert_int_equal(pb_keypair_check(&marked, "pub-x", "prv-x", NULL, NULL), PB_OK);
    assert_int_equal(marked_does.starts, marked_does.stops);
    assert_int_equal(pb_keypair_check(&marked, "pub-bad", "prv-x", NULL, &error), PB_REFUSED);
    assert_string_equal(error.text, "the key says that it is bad");
    marked_does.result = PB_REFUSED;
    assert_int_equal(pb_keypair_check(&marked, "pub-x", "prv-x", NULL, NULL), PB_REFUSED);
}

/* A key text is 1 to PB_KEY_MAX printable bytes. */
static void test_printable(void **state)
{
    (void)state;
    static char text[PB_KEY_MAX + 1];
    memset(text, 'k', sizeof text);
    assert_true(pb_keypair_printable(text, 1));
    assert_true(pb_keypair_printable(text, PB_KEY_MAX));
    assert_false(pb_keypair_printable(text, PB_KEY_MAX + 1));
    assert_false(pb_keypair_printable("", 0));
    assert_false(pb_keypair_printable("a\0b", 3));
    assert_false(pb_keypair_printable("a\tb", 3));
    assert_false(pb_keypair_printable("a\xc3\xa4", 3));
    assert_false(pb_keypair_printable("\x7f", 1));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_agree),         TEST(test_every_byte_counts),    TEST(test_cut_at_every_byte), TEST(test_refuse),
        TEST(test_other_answers), TEST(test_bad_key_says_nothing), TEST(test_wrong_order),       TEST(test_keygen),
        TEST(test_check_pair),    TEST(test_printable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
