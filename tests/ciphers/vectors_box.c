/* Known answers for box: against libsodium called here, and figures of an implementation that is
 * not libsodium (X25519, XSalsa20 and Poly1305 written out in Python, BLAKE2b from its hashlib). */
#include "rig.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

static const struct pb_cipher *box;

#define ALICE        "77076d0a7318a57d3c16c17251b26645df4cc2f92ebc099bf10c8f3a4f2a6f5a"
#define ALICE_PUBLIC "d37a1b0a7cb8052b0484473a0ba36d8e17cb080b80abd9b9e6cc55cba6951d2a"
#define BOB          "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb" /* RFC 7748, 6.1 */
#define BOB_PUBLIC   "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"

static struct rig_keys alice = {ALICE_PUBLIC, ALICE}, bob = {BOB_PUBLIC, BOB};

/* A session of alice (client) and bob whose id is 00 01 02 ... 3f. */
static void open_known(struct rig_session *session)
{
    rig_session_init(session, box, &alice, &bob);
    for (size_t i = 0; i < PB_SESSION_ID_SIZE; i++)
        session->id[i] = (uint8_t)i;
    for (int role = PB_CLIENT; role <= PB_SERVER; role++)
        assert_int_equal(rig_end_start(&session->parent[role], session, (enum pb_role)role, 0),
                         PB_OK);
}

/* Fixed figures: stream 1 from the client at 0, stream 2 from the server at 258. */
static void test_fixed(void **state)
{
    (void)state;
    static const struct {
        uint32_t stream;
        enum pb_role role;
        uint64_t sequence;
        const char *hex;
    } known[] = {
        {1, PB_CLIENT, 0, "87b9f5653ede48c1e16292808251fc1750a3674d5b84b1536832b3c66c"},
        {2, PB_SERVER, 258, "f9af836acea8f5e7d4f2d900fe57e53039695fef8e18102277f8d6b30c"},
    };
    struct rig_session session;
    open_known(&session);
    for (size_t i = 0; i < 2; i++) {
        struct rig_stream stream;
        uint8_t *sealed;
        size_t size;
        char hex[100];
        rig_stream_start(&stream, &session, known[i].stream);
        assert_int_equal(rig_seal(&stream.end[known[i].role], known[i].sequence, "\3Known answer",
                                  13, 0, &sealed, &size, RIG_LAST),
                         PB_OK);
        sodium_bin2hex(hex, sizeof hex, sealed, size);
        assert_string_equal(hex, known[i].hex);
        rig_stream_stop(&stream);
    }
    rig_session_close(&session);
}

/* At many lengths and places a record is what crypto_box_easy makes with the nonce of the
 * description in box.c. */
static void test_against_libsodium(void **state)
{
    (void)state;
    static const uint32_t streams[] = {1, 2, 0x01020304};
    uint8_t key[2][32], public[2][32], plain[3000], expected[3000 + crypto_box_MACBYTES];
    sodium_hex2bin(key[0], 32, ALICE, 64, NULL, NULL, NULL);
    sodium_hex2bin(key[1], 32, BOB, 64, NULL, NULL, NULL);
    sodium_hex2bin(public[0], 32, ALICE_PUBLIC, 64, NULL, NULL, NULL);
    sodium_hex2bin(public[1], 32, BOB_PUBLIC, 64, NULL, NULL, NULL);
    rig_random(plain, sizeof plain);
    struct rig_session session;
    open_known(&session);
    for (size_t s = 0; s < 3; s++) {
        struct rig_stream stream;
        rig_stream_start(&stream, &session, streams[s]);
        for (size_t size = 0; size <= sizeof plain; size += 1 + size / 4)
            for (uint8_t role = 0; role < 2; role++) {
                uint64_t sequence = size * UINT64_C(0x0123456789abcdef);
                uint8_t *sealed, place[PB_SESSION_ID_SIZE + 5], nonce[24];
                size_t sealed_size;
                memcpy(place, session.id, PB_SESSION_ID_SIZE);
                for (int i = 0; i < 4; i++)
                    place[PB_SESSION_ID_SIZE + i] = (uint8_t)(streams[s] >> (24 - 8 * i));
                place[PB_SESSION_ID_SIZE + 4] = role;
                crypto_generichash(nonce, 16, place, sizeof place, NULL, 0);
                for (int i = 0; i < 8; i++)
                    nonce[16 + i] = (uint8_t)(sequence >> (56 - 8 * i));
                assert_int_equal(
                    crypto_box_easy(expected, plain, size, nonce, public[!role], key[role]), 0);
                assert_int_equal(rig_seal(&stream.end[role], sequence, plain, size, 0, &sealed,
                                          &sealed_size, RIG_LAST),
                                 PB_OK);
                assert_int_equal(sealed_size, size + crypto_box_MACBYTES);
                assert_memory_equal(sealed, expected, sealed_size);
            }
        rig_stream_stop(&stream);
    }
    rig_session_close(&session);
}

/* A pair is what crypto_box_seed_keypair makes of 32 bytes of the host. */
static void test_keys_from_the_host(void **state)
{
    (void)state;
    static struct rig_keys keys;
    uint8_t seed[32], public[32], private[32];
    char hex[65];
    rig_seed(5);
    rig_keygen(box, NULL, &keys);
    rig_seed(5);
    rig_random(seed, sizeof seed);
    crypto_box_seed_keypair(public, private, seed);
    assert_string_equal(keys.public, sodium_bin2hex(hex, sizeof hex, public, 32));
    assert_string_equal(keys.private, sodium_bin2hex(hex, sizeof hex, private, 32));
}

#define ZEROS "000000000000000000000000000000"

/* Every bad key has its own sentence. */
static void test_bad_keys(void **state)
{
    (void)state;
    static const struct {
        const char *public, *private, *peer; /* NULL: a good one */
        const char *says;
    } bad[] = {
        {NULL, NULL, ZEROS ZEROS "0000", "low order"},
        {NULL, NULL, "01" ZEROS ZEROS "00", "low order"},
        {NULL, NULL, "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
         "low order"},
        {NULL, NULL, "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
         "low order"},
        {NULL, NULL, "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
         "low order"},
        {NULL, NULL, "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
         "not below 2^255 - 19"},
        {NULL, NULL, "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882bcf",
         "not below 2^255 - 19"},
        {NULL, NULL, "DE9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4F",
         "must be spelled \"" BOB_PUBLIC "\""},
        {NULL, NULL, BOB_PUBLIC "00", "64 hex digits"},
        {NULL, NULL, "de9edb", "64 hex digits"},
        {NULL, NULL, "ge9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
         "64 hex digits"},
        {NULL, "77076D0A7318a57d3c16c17251b26645df4cc2f92ebc099bf10c8f3a4f2a6f5a", NULL,
         "lowercase"},
        {NULL, BOB, NULL, "private key does not fit"},
        {BOB_PUBLIC, NULL, NULL, "private key does not fit"},
        {"D37a1b0a7cb8052b0484473a0ba36d8e17cb080b80abd9b9e6cc55cba6951d2a", NULL, NULL,
         "own public key must be spelled"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int result = rig_try_start(box, bad[i].public ? bad[i].public : ALICE_PUBLIC,
                                   bad[i].private ? bad[i].private : ALICE,
                                   bad[i].peer ? bad[i].peer : BOB_PUBLIC);
        const char *reason = rig_reason();
        if (result != PB_REFUSED || !strstr(reason, bad[i].says))
            fail_msg("row %zu: %d \"%s\", expected \"%s\"", i, result, reason, bad[i].says);
    }
}

/* The line for learners shows nonce prefixes, and neither the shared key nor a private one. */
static void test_explains_nothing_secret(void **state)
{
    (void)state;
    uint8_t shared[32], key[32], peer[32];
    char line[400], hex[65];
    struct rig_session session;
    open_known(&session);
    box->explain(session.parent[PB_CLIENT].memory, line, sizeof line);
    sodium_hex2bin(key, 32, ALICE, 64, NULL, NULL, NULL);
    sodium_hex2bin(peer, 32, BOB_PUBLIC, 64, NULL, NULL, NULL);
    assert_int_equal(crypto_box_beforenm(shared, peer, key), 0);
    sodium_bin2hex(hex, sizeof hex, shared, 32);
    hex[8] = '\0';
    assert_null(strstr(line, hex));
    assert_null(strstr(line, "77076d0a"));
    rig_session_close(&session);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    box = rig_load(TEST_CIPHERS "/box.so");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixed),
        cmocka_unit_test(test_against_libsodium),
        cmocka_unit_test(test_keys_from_the_host),
        cmocka_unit_test(test_bad_keys),
        cmocka_unit_test(test_explains_nothing_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
