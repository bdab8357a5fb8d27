/* Each claim of cipher.h is attacked. A plugin that does not claim it is not tried. */
#include "contract.h"

#include <stdio.h>
#include <string.h>

/* ---- helpers ---- */

static void need(uint32_t claim)
{
    if (!(cipher->claims & claim))
        skip();
}

static size_t sealed_by(struct rig_end *end, uint64_t sequence, const void *plain, size_t size,
                        int slot, uint8_t **sealed)
{
    size_t sealed_size;
    assert_int_equal(rig_seal(end, sequence, plain, size, slot, sealed, &sealed_size, RIG_LAST),
                     PB_OK);
    return sealed_size;
}

static bool opens(struct rig_end *end, uint64_t sequence, const uint8_t *sealed, size_t size)
{
    uint8_t *plain;
    size_t plain_size;
    int result = rig_open(end, sequence, sealed, size, &plain, &plain_size, RIG_LAST);
    assert_true(result == PB_OK || result == PB_REFUSED);
    return result == PB_OK;
}

static bool same(const uint8_t *a, const uint8_t *b, size_t size)
{
    return memcmp(a, b, size) == 0;
}

/* A session like the first, with the same keys, and its stream 1. */
struct two_sessions {
    struct rig_session session[2];
    struct rig_stream stream[2], further[2]; /* streams 1 and 2 of each */
};

static struct two_sessions two;

static void two_open(void)
{
    for (int s = 0; s < 2; s++) {
        open_session(&two.session[s], &two.stream[s]);
        rig_stream_start(&two.further[s], &two.session[s], 2);
    }
}

static void two_close(void)
{
    for (int s = 0; s < 2; s++) {
        rig_stream_stop(&two.further[s]);
        close_session(&two.session[s], &two.stream[s]);
    }
}

/* ---- confidential, randomised ---- */

#define SIZE 256

/* All places where a record can be sealed that must not resemble one another. */
static const struct place {
    int session, further, role;
    uint64_t sequence;
} places[] = {
    {0, 0, PB_CLIENT, 0}, {0, 0, PB_CLIENT, 1}, {0, 0, PB_CLIENT, 256}, {0, 0, PB_SERVER, 0},
    {0, 1, PB_CLIENT, 0}, {0, 1, PB_SERVER, 0}, {1, 0, PB_CLIENT, 0},   {1, 0, PB_SERVER, 0},
};
#define PLACES (sizeof places / sizeof places[0])

static size_t seal_at(const struct place *place, const uint8_t *plain, uint8_t *copy)
{
    struct rig_stream *stream =
        place->further ? &two.further[place->session] : &two.stream[place->session];
    uint8_t *sealed;
    size_t size = sealed_by(&stream->end[place->role], place->sequence, plain, SIZE, 0, &sealed);
    assert_true(size <= 4 * SIZE);
    memcpy(copy, sealed, size);
    return size;
}

/* The same message gives other bytes at every position, stream, direction and session. */
static void test_randomised(void **state)
{
    (void)state;
    need(PB_RANDOMISED);
    static uint8_t plain[SIZE], sealed[PLACES][4 * SIZE];
    two_open();
    for (size_t i = 0; i < PLACES; i++) {
        size_t size = seal_at(&places[i], plain, sealed[i]);
        for (size_t j = 0; j < i; j++)
            assert_false(same(sealed[i], sealed[j], size));
    }
    two_close();
}

/* Chosen messages cannot be told apart: the length depends on the length alone, no piece of plain
 * text stands there, and the key stream of one record (by XOR or by addition) opens no other. */
static void test_confidential(void **state)
{
    (void)state;
    need(PB_CONFIDENTIAL);
    static uint8_t plain[2][SIZE], sealed[PLACES][4 * SIZE];
    memset(plain[0], 'A', SIZE);
    rig_random(plain[1], SIZE);
    two_open();
    size_t size = seal_at(&places[0], plain[0], sealed[0]);
    for (size_t i = 1; i < PLACES; i++) {
        assert_int_equal(seal_at(&places[i], plain[1], sealed[i]), size);
        for (size_t shift = 0; shift + SIZE <= size; shift++) {
            size_t by_xor = 0, by_sum = 0;
            for (size_t at = 0; at < SIZE; at++) {
                uint8_t a = sealed[0][shift + at], b = sealed[i][shift + at];
                by_xor += (uint8_t)(a ^ b) == (plain[0][at] ^ plain[1][at]);
                by_sum += (uint8_t)(a - b) == (uint8_t)(plain[0][at] - plain[1][at]);
            }
            assert_true(by_xor < SIZE / 8 && by_sum < SIZE / 8); /* one in 256 is chance */
        }
        for (size_t at = 0; at + 16 <= size; at++)
            assert_false(same(sealed[i] + at, plain[1], 16));
    }
    for (size_t at = 0; at + 16 <= size;
         at++) /* nor do equal plain blocks make equal sealed blocks */
        for (size_t other = at + 8; other + 8 <= size; other++)
            assert_false(same(sealed[0] + at, sealed[0] + other, 8));
    two_close();
}

/* ---- integrity, in place ---- */

/* A record with any single bit flipped, or any byte replaced by zero, is refused. */
static void test_integrity(void **state)
{
    (void)state;
    need(PB_INTEGRITY);
    static const size_t sizes[] = {0, 1, 64, 150};
    struct rig_session session;
    struct rig_stream stream;
    open_session(&session, &stream);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint8_t plain[150], *sealed, changed[1024];
        rig_random(plain, sizeof plain);
        size_t size = sealed_by(&stream.end[PB_CLIENT], 0, plain, sizes[i], 0, &sealed);
        assert_true(size > 0 && size <= sizeof changed);
        for (size_t bit = 0; bit < 8 * size; bit++) {
            memcpy(changed, sealed, size);
            changed[bit / 8] ^= (uint8_t)(1 << bit % 8);
            open_hostile(&session, 0, changed, size, true);
        }
        open_hostile(&session, 0, sealed, 0, true);
        memset(changed, 0, sizeof changed);
        open_hostile(&session, 0, changed, size, true);
    }
    close_session(&session, &stream);
}

/* Halves of two records put together open nowhere. */
static void test_integrity_of_spliced_halves(void **state)
{
    (void)state;
    need(PB_INTEGRITY);
    struct rig_session session;
    struct rig_stream stream;
    open_session(&session, &stream);
    uint8_t *first, *second, spliced[1024], plain[SIZE] = {0};
    size_t size = sealed_by(&stream.end[PB_CLIENT], 0, plain, SIZE, 0, &first);
    plain[0] = plain[SIZE - 1] = 1;
    assert_int_equal(sealed_by(&stream.end[PB_CLIENT], 0, plain, SIZE, 1, &second), size);
    for (size_t cut = 1; cut < size; cut++) {
        memcpy(spliced, first, cut);
        memcpy(spliced + cut, second + cut, size - cut);
        if (!same(spliced, first, size) && !same(spliced, second, size))
            open_hostile(&session, 0, spliced, size, true);
    }
    close_session(&session, &stream);
}

/* A record opens at its own place and at no other: replayed, reordered, reflected, in another
 * stream or session. */
static void test_in_place(void **state)
{
    (void)state;
    need(PB_IN_PLACE);
    static const uint64_t elsewhere[] = {0,         1, 2, 6, 8, 7 + 256, 7 + (UINT64_C(1) << 32),
                                         UINT64_MAX};
    uint8_t *sealed;
    two_open();
    struct rig_end *server_end = &two.stream[0].end[PB_SERVER];
    size_t size = sealed_by(&two.stream[0].end[PB_CLIENT], 7, "place", 5, 0, &sealed);
    assert_true(opens(server_end, 7, sealed, size));
    for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++)
        open_hostile(&two.session[0], elsewhere[i], sealed, size, true);
    assert_false(opens(&two.stream[0].end[PB_CLIENT], 7, sealed, size));     /* reflected */
    assert_false(opens(&two.further[0].end[PB_SERVER], 7, sealed, size));    /* another stream */
    assert_false(opens(&two.further[0].end[PB_CLIENT], 7, sealed, size));    /* both */
    assert_false(opens(&two.session[0].parent[PB_SERVER], 7, sealed, size)); /* the handshake's */
    assert_false(opens(&two.stream[1].end[PB_SERVER], 7, sealed, size));     /* another session */
    assert_false(opens(&two.stream[1].end[PB_CLIENT], 7, sealed, size));
    two_close();
}

/* ---- peer authentication, forward secrecy ---- */

/* Starts stream 0 and 1 of one side with what is in the session; the other side is not started. */
static void start_side(struct rig_session *session, enum pb_role role, struct rig_end *end)
{
    assert_int_equal(rig_end_start(&session->parent[role], session, role, 0), PB_OK);
    assert_int_equal(rig_end_start(end, session, role, 1), PB_OK);
}

/* Mallory shows the public key of one side but has only her own private key: what she seals does
 * not open on the other side, and what that seals she cannot open. */
static void mallory_plays(enum pb_role part)
{
    enum pb_role honest = part == PB_CLIENT ? PB_SERVER : PB_CLIENT;
    struct rig_session session;
    struct rig_end ends[2];
    uint8_t *sealed;
    rig_session_init(&session, cipher, part == PB_CLIENT ? &mallory : &client,
                     part == PB_SERVER ? &mallory : &server);
    session.peer_public[honest] = part == PB_CLIENT ? client.public : server.public;
    rig_session_greet(&session);
    start_side(&session, PB_CLIENT, &ends[PB_CLIENT]);
    start_side(&session, PB_SERVER, &ends[PB_SERVER]);
    size_t size = sealed_by(&ends[part], 0, "it is me", 8, 0, &sealed);
    assert_false(opens(&ends[honest], 0, sealed, size));
    size = sealed_by(&ends[honest], 0, "for you alone", 13, 0, &sealed);
    assert_false(opens(&ends[part], 0, sealed, size));
    rig_end_stop(&ends[0]);
    rig_end_stop(&ends[1]);
    rig_session_close(&session);
}

static void test_peer_authentication(void **state)
{
    (void)state;
    need(PB_PEER_AUTHENTICATION);
    mallory_plays(PB_CLIENT);
    mallory_plays(PB_SERVER);
}

/* Who recorded a session and stole both private keys later does not open it: what was drawn in
 * greet is gone. */
static void test_forward_secrecy(void **state)
{
    (void)state;
    need(PB_FORWARD_SECRECY);
    static struct rig_session session, thief;
    struct rig_stream stream;
    struct rig_end end;
    uint8_t *sealed;
    open_session(&session, &stream);
    size_t size = sealed_by(&stream.end[PB_CLIENT], 0, "yesterday", 9, 0, &sealed);
    for (int role = PB_CLIENT; role <= PB_SERVER; role++) {
        rig_session_init(&thief, cipher, &client, &server);
        rig_session_greet(&thief); /* her own draws; then all that was on the wire */
        memcpy(thief.id, session.id, sizeof thief.id);
        memcpy(thief.hello, session.hello, sizeof thief.hello);
        memcpy(thief.welcome, session.welcome, sizeof thief.welcome);
        memcpy(thief.greeting, session.greeting, sizeof thief.greeting);
        memcpy(thief.greeting_size, session.greeting_size, sizeof thief.greeting_size);
        start_side(&thief, (enum pb_role)role, &end);
        assert_false(opens(&end, 0, sealed, size));
        rig_end_stop(&end);
        rig_session_close(&thief);
    }
    close_session(&session, &stream);
}

int test_claims(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_randomised),      cmocka_unit_test(test_confidential),
        cmocka_unit_test(test_integrity),       cmocka_unit_test(test_integrity_of_spliced_halves),
        cmocka_unit_test(test_in_place),        cmocka_unit_test(test_peer_authentication),
        cmocka_unit_test(test_forward_secrecy),
    };
    return cmocka_run_group_tests_name("claims", tests, NULL, NULL);
}
