/* What every cipher must hold, tried on any plugin:
 *
 *     contract PLUGIN.so [OPTION...] [-- OPTION...]      options of the client's keys, of the
 * server's
 *
 * Names no cipher: what is expected beyond the ABI follows from the claims. The claims are in
 * claims.c. */
#include "contract.h"

#include <stdio.h>
#include <string.h>

const struct pb_cipher *cipher;
struct rig_keys client, server, mallory;
static const char *const *client_options, *const *server_options;

void open_session(struct rig_session *session, struct rig_stream *stream)
{
    rig_session_start(session, cipher, &client, &server);
    rig_stream_start(stream, session, 1);
}

void close_session(struct rig_session *session, struct rig_stream *stream)
{
    rig_stream_stop(stream);
    rig_session_close(session);
}

/* What the plugin says of itself is within the limits of the ABI. */
static void test_says_what_it_is(void **state)
{
    (void)state;
    assert_int_equal(cipher->abi, PB_ABI);
    assert_int_equal(cipher->size, sizeof(struct pb_cipher));
    assert_in_range(strlen(cipher->name), 1, PB_NAME_MAX);
    assert_int_equal(strspn(cipher->name, "abcdefghijklmnopqrstuvwxyz0123456789_-"),
                     strlen(cipher->name));
    assert_in_range(strlen(cipher->title), 1, 60);
    assert_in_range(strlen(cipher->summary), 1, 100);
    assert_in_range(cipher->format, 1, 65535);
    assert_in_range(cipher->session_size, 1, 16u << 20);
    assert_non_null(cipher->keygen);
    assert_non_null(cipher->start);
    assert_non_null(cipher->seal);
    assert_non_null(cipher->open);
}

/* Two key pairs differ, and the same random bytes give the same pair. */
static void test_keys_come_from_the_host(void **state)
{
    (void)state;
    static struct rig_keys first, second, again;
    rig_seed(1000);
    rig_keygen(cipher, client_options, &first);
    rig_keygen(cipher, client_options, &second);
    rig_seed(1000);
    rig_keygen(cipher, client_options, &again);
    assert_string_not_equal(first.public, second.public);
    assert_string_equal(first.public, again.public);
    assert_string_equal(first.private, again.private);
}

/* An option that nobody knows is refused in words, not ignored. */
static void test_unknown_option_is_refused(void **state)
{
    (void)state;
    static struct rig_keys keys;
    static const char *const bad[][2] = {{"colour=blue", NULL}, {"bits=", NULL},
                                         {"bits=0", NULL},      {"bits=99999999999999999999", NULL},
                                         {"bits", NULL},        {"", NULL}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(cipher->keygen(rig_host(), bad[i], keys.public, keys.private), PB_REFUSED);
        assert_string_not_equal(rig_reason(), "");
    }
}

/* The core tries a pair by making it its own peer: that starts. */
static void test_pair_starts_with_itself(void **state)
{
    (void)state;
    assert_int_equal(rig_try_start(cipher, client.public, client.private, client.public), PB_OK);
}

static void refuses(const char *own_public, const char *own_private, const char *peer_public)
{
    int result = rig_try_start(cipher, own_public, own_private, peer_public);
    const char *reason = rig_reason();
    if (result != PB_REFUSED || !*reason)
        fail_msg("start returned %d \"%s\" for public \"%.99s\", peer \"%.99s\"", result, reason,
                 own_public, peer_public);
    /* A reason may travel: the private key, or the last number of it, must not be in it. */
    const char *last = strrchr(own_private, '=');
    if (strlen(own_private) > 8 && strcmp(own_private, own_public) != 0)
        assert_null(strstr(reason, own_private));
    if (last && strlen(last) > 4)
        assert_null(strstr(reason, last));
}

/* Nothing but what keygen writes is a key: no other spelling, no rubbish, in each of the three
 * places. */
static void test_bad_keys_are_refused(void **state)
{
    (void)state;
    static char long_key[PB_KEY_MAX + 1];
    memset(long_key, '7', PB_KEY_MAX);
    static const char *const rubbish[] = {
        "x",       " ",  "0",          "=",     "====", "%s%n%d", "n=1 e=1 d=1 p=1 q=1 r=1",
        "bits=32", "y=", "bits=32 y=", "n= e=", "-1",   long_key};
    for (size_t i = 0; i < sizeof rubbish / sizeof rubbish[0]; i++) {
        refuses(client.public, client.private, rubbish[i]);
        refuses(rubbish[i], client.private, server.public);
        refuses(client.public, rubbish[i], server.public);
    }
    static const char *const shapes[] = {" %s", "%s ", "%s x", "%s %s", "0%s"};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        static char public[2 * PB_KEY_MAX + 3], private[2 * PB_KEY_MAX + 3];
        sprintf(public, shapes[i], client.public, client.public);
        sprintf(private, shapes[i], client.private, client.private);
        refuses(client.public, client.private, public);
        refuses(public, client.private, server.public);
        refuses(client.public, private, server.public);
    }
}

/* A key cut anywhere is refused, or is another good key (a shorter number); it never does harm. */
static void test_cut_keys_do_no_harm(void **state)
{
    (void)state;
    static char cut[PB_KEY_MAX + 1];
    for (size_t length = 1; length < strlen(client.public); length++) {
        snprintf(cut, sizeof cut, "%.*s", (int)length, client.public);
        int result = rig_try_start(cipher, client.public, client.private, cut);
        assert_true(result == PB_OK || (result == PB_REFUSED && *rig_reason()));
        refuses(cut, client.private, server.public);
    }
    for (size_t length = 1; length < strlen(client.private); length++) {
        snprintf(cut, sizeof cut, "%.*s", (int)length, client.private);
        int result = rig_try_start(cipher, client.public, cut, server.public);
        assert_true(result == PB_OK || (result == PB_REFUSED && *rig_reason()));
    }
}

/* Somebody else's private key beside one's own public key is refused. */
static void test_private_key_must_fit(void **state)
{
    (void)state;
    refuses(client.public, mallory.private, server.public);
}

/* Messages of every length come back, from either role; and round the sizes where buffers and
 * blocks end. */
static void test_round_trip_at_every_length(void **state)
{
    (void)state;
    static uint8_t message[70000];
    struct rig_session session;
    struct rig_stream stream;
    open_session(&session, &stream);
    rig_random(message, sizeof message);
    uint64_t sequence = 0;
    for (size_t size = 0; size <= 3000; size++, sequence++) {
        enum pb_role from = size % 2 ? PB_CLIENT : PB_SERVER, to = size % 2 ? PB_SERVER : PB_CLIENT;
        rig_round_trip(&stream.end[from], &stream.end[to], sequence, message, size);
        if (size <= 300)
            rig_round_trip(&stream.end[to], &stream.end[from], sequence, message, size);
    }
    static const size_t edges[] = {4096, 8192, 16384, 65536};
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++)
        for (size_t size = edges[i] - 2; size <= edges[i] + 2; size++, sequence++)
            rig_round_trip(&stream.end[PB_CLIENT], &stream.end[PB_SERVER], sequence, message, size);
    close_session(&session, &stream);
}

/* The largest message comes back, and its sealed size is within both bounds. */
static void test_round_trip_at_the_maximum(void **state)
{
    (void)state;
    static uint8_t message[PB_MESSAGE_MAX];
    struct rig_session session;
    struct rig_stream stream;
    open_session(&session, &stream);
    rig_random(message, sizeof message);
    rig_round_trip(&stream.end[PB_CLIENT], &stream.end[PB_SERVER], 0, message, PB_MESSAGE_MAX);
    rig_round_trip(&stream.end[PB_SERVER], &stream.end[PB_CLIENT], 0, message, PB_MESSAGE_MAX - 1);
    close_session(&session, &stream);
}

/* Every byte value survives at every place of a short message, and so do zeros in front and alone.
 */
static void test_every_byte_value_survives(void **state)
{
    (void)state;
    struct rig_session session;
    struct rig_stream stream;
    open_session(&session, &stream);
    uint8_t message[256] = {0};
    for (int value = 0; value < 256; value++) {
        message[0] = (uint8_t)value;
        rig_round_trip(&stream.end[PB_CLIENT], &stream.end[PB_SERVER], 0, message, 1);
        memset(message, value, sizeof message);
        rig_round_trip(&stream.end[PB_SERVER], &stream.end[PB_CLIENT], 0, message, sizeof message);
    }
    for (size_t zeros = 0; zeros < 200; zeros++) {
        memset(message, 0, zeros);
        rig_round_trip(&stream.end[PB_CLIENT], &stream.end[PB_SERVER], 1, message, zeros);
        message[zeros] = 1;
        rig_round_trip(&stream.end[PB_CLIENT], &stream.end[PB_SERVER], 2, message, zeros + 1);
    }
    close_session(&session, &stream);
}

/* Sequence numbers of 64 bits: the last is as good as the first. */
static void test_every_sequence_number_works(void **state)
{
    (void)state;
    static const uint64_t numbers[] = {0,         1, 255, 256, UINT32_MAX, (uint64_t)UINT32_MAX + 1,
                                       UINT64_MAX};
    struct rig_session session;
    struct rig_stream stream;
    open_session(&session, &stream);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        rig_round_trip(&stream.end[PB_CLIENT], &stream.end[PB_SERVER], numbers[i], "Hello", 5);
        rig_round_trip(&stream.end[PB_SERVER], &stream.end[PB_CLIENT], numbers[i], "World", 5);
    }
    close_session(&session, &stream);
}

/* Stream 0 talks too; sessions and streams at the same time do not disturb each other; session
 * memory is touched neither before its first nor behind its last byte. */
static void test_streams_interleaved(void **state)
{
    (void)state;
    struct rig_session session[2];
    struct rig_stream stream[2][2];
    uint8_t message[100];
    for (int s = 0; s < 2; s++) {
        open_session(&session[s], &stream[s][0]);
        session[s].edge = RIG_FIRST;
        rig_stream_start(&stream[s][1], &session[s], 2);
    }
    for (uint64_t sequence = 0; sequence < 40; sequence++)
        for (int turn = 0; turn < 6; turn++) {
            struct rig_end *ends =
                turn < 4 ? stream[turn / 2][turn % 2].end : session[turn - 4].parent;
            int from = (int)(sequence + (uint64_t)turn) % 2;
            rig_random(message, sizeof message);
            rig_round_trip(&ends[from], &ends[!from], sequence, message, sizeof message);
        }
    for (int s = 0; s < 2; s++) {
        rig_stream_stop(&stream[s][1]);
        close_session(&session[s], &stream[s][0]);
    }
}

/* One session, records of both directions sealed ahead and opened later, as TCP delivers them. */
static void test_records_wait_on_the_wire(void **state)
{
    (void)state;
    struct rig_session session;
    struct rig_stream stream;
    open_session(&session, &stream);
    uint8_t *sealed[4], *plain;
    size_t sealed_size[4], plain_size;
    static const char *const text[] = {"one", "two, longer", "eins", "zwei und mehr"};
    for (int i = 0; i < 4; i++)
        assert_int_equal(rig_seal(&stream.end[i / 2], (uint64_t)i % 2, text[i], strlen(text[i]), i,
                                  &sealed[i], &sealed_size[i], RIG_LAST),
                         PB_OK);
    static const int order[] = {2, 0, 1, 3};
    for (int n = 0; n < 4; n++) {
        int i = order[n];
        assert_int_equal(rig_open(&stream.end[!(i / 2)], (uint64_t)i % 2, sealed[i], sealed_size[i],
                                  &plain, &plain_size, RIG_LAST),
                         PB_OK);
        assert_int_equal(plain_size, strlen(text[i]));
        assert_memory_equal(plain, text[i], plain_size);
    }
    close_session(&session, &stream);
}

/* sealed_max is a bound in both directions, never falls, and leaves the largest message below the
 * limit. */
static void test_sealed_max_is_a_bound(void **state)
{
    (void)state;
    struct rig_session session;
    struct rig_stream stream;
    open_session(&session, &stream);
    static uint8_t message[5000];
    size_t last[2] = {0, 0};
    for (size_t size = 0; size <= PB_MESSAGE_MAX; size += size < 5000 ? 1 : 997)
        for (int role = 0; role < 2; role++) {
            size_t now = rig_sealed_max(&stream.end[role], size);
            assert_true(now >= last[role]);
            last[role] = now;
        }
    assert_true(rig_sealed_max(&stream.end[PB_CLIENT], PB_MESSAGE_MAX) <= PB_SEALED_MAX);
    assert_true(rig_sealed_max(&stream.end[PB_SERVER], PB_MESSAGE_MAX) <= PB_SEALED_MAX);
    for (size_t size = 0; size <= sizeof message; size += 1 + size / 8)
        for (int role = 0; role < 2; role++) {
            uint8_t *sealed;
            size_t sealed_size;
            assert_int_equal(
                rig_seal(&stream.end[role], 0, message, size, 0, &sealed, &sealed_size, RIG_LAST),
                PB_OK);
            assert_true(sealed_size <=
                        rig_sealed_max(&stream.end[!role], size)); /* the receiver's bound */
        }
    close_session(&session, &stream);
}

/* Opens what a stranger sent. It may open or be refused, but does no harm; an end is not used again
 * after a refusal, so each gets a fresh one. */
void open_hostile(struct rig_session *session, uint64_t sequence, const uint8_t *sealed,
                  size_t size, bool must_refuse)
{
    for (enum rig_edge edge = RIG_FIRST; edge <= RIG_LAST; edge++) {
        struct rig_end end;
        uint8_t *plain;
        size_t plain_size;
        assert_int_equal(rig_end_start(&end, session, PB_SERVER, 1), PB_OK);
        int result = rig_open(&end, sequence, sealed, size, &plain, &plain_size, edge);
        rig_end_stop(&end);
        if (result == PB_OK && must_refuse)
            fail_msg("a record that the peer did not seal opened (%zu bytes)", size);
        assert_true(result == PB_OK || result == PB_REFUSED);
    }
}

/* A record cut at any length, or with bytes behind it, does no harm; with integrity it is refused.
 */
static void test_cut_records(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 33, 200};
    bool integrity = cipher->claims & PB_INTEGRITY;
    struct rig_session session;
    struct rig_stream stream;
    open_session(&session, &stream);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint8_t message[200], longer[4096], *sealed;
        size_t sealed_size;
        rig_random(message, sizeof message);
        assert_int_equal(rig_seal(&stream.end[PB_CLIENT], 0, message, sizes[i], 0, &sealed,
                                  &sealed_size, RIG_LAST),
                         PB_OK);
        for (size_t size = 0; size < sealed_size; size++)
            open_hostile(&session, 0, sealed, size, integrity);
        for (size_t more = 1; more < 70; more++) {
            memset(longer, 0, sizeof longer);
            memcpy(longer, sealed, sealed_size);
            open_hostile(&session, 0, longer, sealed_size + more, integrity);
        }
    }
    close_session(&session, &stream);
}

/* Zeros, ones and random bytes of many lengths do no harm; with integrity they are refused. Nor
 * does the largest body that the core lets through. */
static void test_rubbish_records(void **state)
{
    (void)state;
    bool integrity = cipher->claims & PB_INTEGRITY;
    static uint8_t body[PB_SEALED_MAX];
    struct rig_session session;
    struct rig_stream stream;
    open_session(&session, &stream);
    for (int kind = 0; kind < 4; kind++)
        for (size_t size = 0; size <= 600; size += size < 80 ? 1 : 13) {
            memset(body, kind == 1 ? 0xff : 0, size);
            if (kind >= 2)
                rig_random(body, size);
            if (kind == 3 && size >= 4) /* as if a length stood in front */
                memset(body, 0, 3);
            open_hostile(&session, 0, body, size, integrity);
        }
    rig_random(body, sizeof body);
    open_hostile(&session, 0, body, rig_sealed_max(&stream.end[PB_SERVER], PB_MESSAGE_MAX),
                 integrity);
    close_session(&session, &stream);
}

/* Who has not the right key does not read the message, unless it was never hidden at all. */
static void test_wrong_key_does_not_read(void **state)
{
    (void)state;
    static const char text[] = "The quick brown fox jumps over the lazy dog";
    bool hidden = false, read = true;
    for (int attempt = 0; attempt < 4;
         attempt++) { /* toys have few keys: two may be alike by chance */
        struct rig_session session;
        struct rig_stream stream;
        uint8_t *sealed, *plain;
        size_t sealed_size, plain_size;
        static struct rig_keys other;
        rig_keygen(cipher, server_options, &other);
        rig_session_start(&session, cipher, &client, &server);
        rig_stream_start(&stream, &session, 1);
        assert_int_equal(rig_seal(&stream.end[PB_CLIENT], 0, text, sizeof text, 0, &sealed,
                                  &sealed_size, RIG_LAST),
                         PB_OK);
        hidden = hidden || sealed_size < sizeof text || memcmp(sealed, text, sizeof text) != 0;
        static struct rig_session eve;
        rig_session_init(&eve, cipher, &client, &other);
        memcpy(eve.id, session.id, sizeof eve.id);
        memcpy(eve.hello, session.hello, sizeof eve.hello);
        memcpy(eve.welcome, session.welcome, sizeof eve.welcome);
        rig_session_greet(&eve);
        assert_int_equal(rig_end_start(&eve.parent[PB_SERVER], &eve, PB_SERVER, 0), PB_OK);
        struct rig_end end;
        assert_int_equal(rig_end_start(&end, &eve, PB_SERVER, 1), PB_OK);
        int result = rig_open(&end, 0, sealed, sealed_size, &plain, &plain_size, RIG_LAST);
        read = read && result == PB_OK && plain_size == sizeof text &&
               memcmp(plain, text, sizeof text) == 0;
        rig_end_stop(&end);
        rig_session_close(&eve);
        close_session(&session, &stream);
    }
    if (hidden)
        assert_false(read);
}

/* The line for who learns: one line, ended, within its room, even if that is a single byte. */
static void test_explains_in_one_line(void **state)
{
    (void)state;
    if (!cipher->explain)
        skip();
    struct rig_session session;
    struct rig_stream stream;
    struct rig_area area = rig_area_make(200);
    open_session(&session, &stream);
    for (size_t room = 200; room > 0; room--) {
        char *line = (char *)rig_area_at(area, RIG_LAST, room);
        memset(line, '\n', room);
        cipher->explain(stream.end[PB_CLIENT].memory, line, room);
        size_t length = strnlen(line, room);
        assert_true(length < room);
        for (size_t i = 0; i < length; i++)
            assert_in_range(line[i], 0x20, 0x7e);
    }
    rig_area_free(area);
    close_session(&session, &stream);
}

/* Who draws the same random bytes makes the same records: --seed can repeat a session. */
static void test_same_seed_same_bytes(void **state)
{
    (void)state;
    uint8_t first[4096];
    size_t first_size = 0;
    for (int time = 0; time < 2; time++) {
        struct rig_session session;
        struct rig_stream stream;
        uint8_t *sealed;
        size_t sealed_size;
        rig_seed(77);
        open_session(&session, &stream);
        assert_int_equal(
            rig_seal(&stream.end[PB_SERVER], 3, "again", 5, 0, &sealed, &sealed_size, RIG_LAST),
            PB_OK);
        assert_true(sealed_size <= sizeof first);
        if (time == 0)
            memcpy(first, sealed, first_size = sealed_size);
        assert_int_equal(sealed_size, first_size);
        assert_memory_equal(sealed, first, first_size);
        close_session(&session, &stream);
    }
}

int main(int count, char **arguments)
{
    if (count < 2) {
        fprintf(stderr, "usage: contract PLUGIN.so [OPTION...] [-- OPTION...]\n");
        return 2;
    }
    cipher = rig_load(arguments[1]);
    client_options = server_options = (const char *const *)&arguments[2];
    for (int i = 2; i < count; i++)
        if (strcmp(arguments[i], "--") == 0) {
            arguments[i] = NULL; /* ends the first list */
            server_options = (const char *const *)&arguments[i + 1];
        }
    rig_seed(2024);
    rig_keygen(cipher, client_options, &client);
    rig_keygen(cipher, server_options, &server);
    rig_keygen(cipher, client_options, &mallory);

    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_says_what_it_is),
        cmocka_unit_test(test_keys_come_from_the_host),
        cmocka_unit_test(test_unknown_option_is_refused),
        cmocka_unit_test(test_pair_starts_with_itself),
        cmocka_unit_test(test_bad_keys_are_refused),
        cmocka_unit_test(test_cut_keys_do_no_harm),
        cmocka_unit_test(test_private_key_must_fit),
        cmocka_unit_test(test_round_trip_at_every_length),
        cmocka_unit_test(test_round_trip_at_the_maximum),
        cmocka_unit_test(test_every_byte_value_survives),
        cmocka_unit_test(test_every_sequence_number_works),
        cmocka_unit_test(test_streams_interleaved),
        cmocka_unit_test(test_records_wait_on_the_wire),
        cmocka_unit_test(test_sealed_max_is_a_bound),
        cmocka_unit_test(test_cut_records),
        cmocka_unit_test(test_rubbish_records),
        cmocka_unit_test(test_wrong_key_does_not_read),
        cmocka_unit_test(test_explains_in_one_line),
        cmocka_unit_test(test_same_seed_same_bytes),
    };
    return cmocka_run_group_tests_name("contract", tests, NULL, NULL) + test_claims();
}
