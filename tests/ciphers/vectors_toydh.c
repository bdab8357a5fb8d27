/* Known answers for toydh.h, xor and vigenere, and what their keys must not be. The figures of
 * Diffie-Hellman come from Python's pow; those of the ciphers can be followed by hand. */
#include <plugboard/toydh.h> /* first: cmocka has a macro called fail */

#include "rig.h"

static const struct pb_cipher *xor_cipher, *vigenere;

/* Miller and Rabin's test; with these bases it is a proof for every n below 2^64. */
static bool is_prime(uint64_t n)
{
    static const uint64_t bases[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37};
    uint64_t odd = n - 1, twos = 0;
    for (; odd % 2 == 0; odd /= 2)
        twos++;
    for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++) {
        if (n % bases[i] == 0)
            return n == bases[i];
        uint64_t power = pb_toydh_power(bases[i], odd, n);
        bool witness = power != 1 && power != n - 1;
        for (uint64_t square = 1; square < twos && witness; square++) {
            power = pb_toydh_multiply(power, power, n);
            witness = power != n - 1;
        }
        if (witness)
            return false;
    }
    return true;
}

/* Each group is what the header says: p and (p-1)/2 are prime, 2 generates the subgroup of that
 * order, and there is no larger such p of this size. */
static void test_groups(void **state)
{
    (void)state;
    assert_false(is_prime(65063 + 2)); /* the test can say no: 65065 = 5 * 13013 */
    assert_false(is_prime(UINT64_C(4294967087) * 3));
    for (size_t i = 0; i < PB_TOYDH_GROUPS; i++) {
        uint64_t p = pb_toydh_groups[i].p, q = (p - 1) / 2;
        unsigned bits = pb_toydh_groups[i].bits;
        assert_int_equal(bits, 16 + 8 * i);
        assert_int_equal(p % 8, 7);
        assert_true(is_prime(p) && is_prime(q));
        assert_true(pb_toydh_power(PB_TOYDH_GENERATOR, q, p) == 1);
        assert_true(p > UINT64_MAX >> (64 - bits) >> 1 && p <= UINT64_MAX >> (64 - bits));
        for (uint64_t larger = UINT64_MAX >> (64 - bits); larger > p; larger -= 8)
            assert_false(is_prime(larger) && is_prime((larger - 1) / 2));
    }
}

/* Both sides compute the number that Python's pow computes, and it fills the key up to a multiple
 * of 64 bytes. */
static void test_agreement(void **state)
{
    (void)state;
    static const struct {
        unsigned bits;
        uint64_t x, y, other_y, shared;
    } known[] = {
        {16, UINT64_C(10612), UINT64_C(41650), UINT64_C(51219), UINT64_C(52644)},
        {24, UINT64_C(1265415), UINT64_C(15648324), UINT64_C(8501970), UINT64_C(9344962)},
        {32, UINT64_C(1397871145), UINT64_C(4125973846), UINT64_C(1795264186),
         UINT64_C(2870507922)},
        {40, UINT64_C(451282677556), UINT64_C(322407793586), UINT64_C(34623212952),
         UINT64_C(544295808497)},
        {48, UINT64_C(82018266106361), UINT64_C(196740412922807), UINT64_C(160166084166734),
         UINT64_C(95406457981278)},
        {56, UINT64_C(7735315588927222), UINT64_C(33315012898472889), UINT64_C(20735733683683545),
         UINT64_C(63997742160426649)},
        {64, UINT64_C(3856957380441106267), UINT64_C(12884678318874235823),
         UINT64_C(11155687725041324301), UINT64_C(15144372404592877883)},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        char private[80], public[80], other[80];
        struct pb_toydh dh = {.size = 0};
        snprintf(private, sizeof private, "bits=%u x=%" PRIu64, known[i].bits, known[i].x);
        snprintf(public, sizeof public, "bits=%u y=%" PRIu64, known[i].bits, known[i].y);
        snprintf(other, sizeof other, "bits=%u y=%" PRIu64, known[i].bits, known[i].other_y);
        struct pb_setup setup = {.size = sizeof setup,
                                 .own_private = private,
                                 .own_public = public,
                                 .peer_public = other};
        if (pb_toydh_start(&dh, rig_host(), &setup, NULL) != PB_OK)
            fail_msg("%s", rig_reason());
        assert_int_equal(dh.size, known[i].bits / 8);
        assert_int_equal(dh.period % 64, 0);
        assert_int_equal(dh.period % dh.size, 0);
        assert_in_range(dh.period, 64, PB_TOYDH_KEY_MAX);
        for (size_t at = 0; at < dh.period; at += dh.size) {
            uint64_t shared = 0;
            for (size_t byte = 0; byte < dh.size; byte++)
                shared = shared << 8 | dh.key[at + byte];
            assert_true(shared == known[i].shared);
        }
    }
}

/* What comes out when client and server talk, the server's public key chosen so that the shared key
 * is what we want. */
static void sealed_is(const struct pb_cipher *cipher, const char *public, const char *private,
                      const char *peer_public, const void *plain, const void *expected, size_t size)
{
    static struct rig_keys own, peer;
    struct rig_session session;
    uint8_t *sealed, *opened;
    size_t sealed_size, opened_size;
    strcpy(own.public, public);
    strcpy(own.private, private);
    strcpy(peer.public, peer_public);
    rig_session_init(&session, cipher, &own, &peer);
    if (rig_end_start(&session.parent[PB_CLIENT], &session, PB_CLIENT, 0) != PB_OK)
        fail_msg("%s", rig_reason());
    struct rig_end *end = &session.parent[PB_CLIENT];
    assert_int_equal(rig_seal(end, 0, plain, size, 0, &sealed, &sealed_size, RIG_LAST), PB_OK);
    assert_int_equal(sealed_size, size);
    assert_memory_equal(sealed, expected, size);
    assert_int_equal(rig_open(end, 0, sealed, size, &opened, &opened_size, RIG_LAST), PB_OK);
    assert_int_equal(opened_size, size);
    assert_memory_equal(opened, plain, size);
    rig_session_close(&session);
}

/* The shared key is "Key!": every sealed byte is a plain byte XOR one of its letters. */
static void test_xor_by_hand(void **state)
{
    (void)state;
    static const uint8_t sealed[] = {0x0a, 0x11, 0x0d, 0x40, 0x28, 0x0e, 0x59,
                                     0x40, 0x3f, 0x45, 0x1d, 0x40, 0x3c, 0x0b};
    sealed_is(xor_cipher, "bits=32 y=420955216", "bits=32 x=314159265", "bits=32 y=3307528435",
              "Attack at dawn", sealed, sizeof sealed);
}

/* The same key, added modulo 256. */
static void test_vigenere_bytes_by_hand(void **state)
{
    (void)state;
    static const uint8_t sealed[] = {0x8c, 0xd9, 0xed, 0x82, 0xae, 0xd0, 0x99,
                                     0x82, 0xbf, 0x85, 0xdd, 0x82, 0xc2, 0xd3};
    sealed_is(vigenere, "bits=32 alphabet=bytes y=420955216", "bits=32 alphabet=bytes x=314159265",
              "bits=32 alphabet=bytes y=3307528435", "Attack at dawn", sealed, sizeof sealed);
}

/* The classical example: ATTACKATDAWN under LEMON is LXFOPVEFRNHR (the shared key is 0b 04 0c 28
 * 0d: the fourth byte is 40 = 14 modulo 26). Case stays; what is no letter passes and uses up no
 * letter of the key. */
static void test_vigenere_letters_by_hand(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {"ATTACKATDAWN", "LXFOPVEFRNHR"},           {"attackatdawn", "lxfopvefrnhr"},
        {"Attack at dawn!", "Lxfopv ef rnhr!"},     {"ZZZZZ", "KDLNM"},
        {"1234 \xc3\xa4@[`{", "1234 \xc3\xa4@[`{"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        sealed_is(vigenere, "bits=40 alphabet=letters y=413913565420",
                  "bits=40 alphabet=letters x=271828182845",
                  "bits=40 alphabet=letters y=940548406314", texts[i][0], texts[i][1],
                  strlen(texts[i][0]));
}

struct bad {
    const char *public, *private, *peer; /* NULL: a good one */
    const char *says;                    /* a part of the sentence */
};

static void all_refused(const struct pb_cipher *cipher, const struct bad *bad, size_t count,
                        const struct bad *good)
{
    assert_int_equal(rig_try_start(cipher, good->public, good->private, good->peer), PB_OK);
    for (size_t i = 0; i < count; i++) {
        int result = rig_try_start(cipher, bad[i].public ? bad[i].public : good->public,
                                   bad[i].private ? bad[i].private : good->private,
                                   bad[i].peer ? bad[i].peer : good->peer);
        const char *reason = rig_reason();
        if (result != PB_REFUSED || !strstr(reason, bad[i].says))
            fail_msg("row %zu: %d \"%s\", expected \"%s\"", i, result, reason, bad[i].says);
    }
}

/* Every bad key has its own sentence: out of range, of no x, another spelling, of another pair, of
 * other options. */
static void test_bad_keys(void **state)
{
    (void)state;
    static const struct bad good = {"bits=32 y=420955216", "bits=32 x=314159265",
                                    "bits=32 y=3307528435", NULL};
    static const struct bad bad[] = {
        {NULL, NULL, "bits=32 y=0", "must be from 2 to p-2 = 4294967085"},
        {NULL, NULL, "bits=32 y=1", "must be from 2 to p-2"},
        {NULL, NULL, "bits=32 y=4294967086", "must be from 2 to p-2"},
        {NULL, NULL, "bits=32 y=4294967087", "must be from 2 to p-2"},
        {NULL, NULL, "bits=32 y=4294967089", "must be from 2 to p-2"},
        {NULL, NULL, "bits=32 y=18446744073709551617",
         "must be from 2 to p-2"}, /* 2^64 + 1 is not 1 */
        {NULL, NULL, "bits=32 y=99999999999999999999999999", "must be from 2 to p-2"},
        {NULL, NULL, "bits=32 y=5", "not a power of 2 modulo p = 4294967087"},
        {NULL, NULL, "bits=32 y=0003307528435", "must be spelled \"bits=32 y=3307528435\""},
        {NULL, NULL, "y=3307528435 bits=32", "must be spelled \"bits=32 y=3307528435\""},
        {NULL, NULL, "bits=32  y=3307528435", "must be spelled \"bits=32 y=3307528435\""},
        {NULL, NULL, "bits=32 y=3307528435 ", "must be spelled \"bits=32 y=3307528435\""},
        {NULL, NULL, "bits=33 y=3307528435", "must look like \"bits=32 y=NUMBER\""},
        {NULL, NULL, "bits=32 y=+3307528435", "must look like"},
        {NULL, NULL, "bits=32 x=3307528435", "must look like"},
        {NULL, NULL, "bits=40 y=413913565420", "one side's key has bits=32, the other's bits=40"},
        {"bits=32 y=1", NULL, NULL, "own public key's y must be"},
        {"bits=32 y=4125973846", NULL, NULL, "private key does not fit"},
        {NULL, "bits=32 x=1397871145", NULL, "private key does not fit"},
        {NULL, "bits=32 x=0", NULL, "x must be from 1 to q-1 = 2147483542"},
        {NULL, "bits=32 x=2147483543", NULL, "x must be from 1"},
        {NULL, "bits=40 x=314159265", NULL, "private key does not fit"},
        {NULL, "bits=32 x=0314159265", NULL, "must be spelled \"bits=32 x=NUMBER\""},
    };
    all_refused(xor_cipher, bad, sizeof bad / sizeof bad[0], &good);
}

/* Options: two alphabets do not talk; both sides' options are in the sentence. keygen names what is
 * possible. */
static void test_options(void **state)
{
    (void)state;
    static const struct bad good = {"bits=40 alphabet=letters y=413913565420",
                                    "bits=40 alphabet=letters x=271828182845",
                                    "bits=40 alphabet=letters y=940548406314", NULL};
    static const struct bad bad[] = {
        {NULL, NULL, "bits=40 alphabet=bytes y=940548406314",
         "one side's key has bits=40 alphabet=letters, the other's bits=40 alphabet=bytes"},
        {NULL, NULL, "bits=32 alphabet=letters y=3307528435",
         "the other's bits=32 alphabet=letters"},
        {NULL, NULL, "alphabet=letters bits=40 y=940548406314",
         "spelled \"bits=40 alphabet=letters y=940548406314\""},
        {NULL, NULL, "bits=40 y=940548406314",
         "must look like \"bits=32 alphabet=bytes y=NUMBER\""},
        {NULL, NULL, "bits=40 alphabet=greek y=940548406314", "must look like"},
        {NULL, "bits=40 alphabet=bytes x=271828182845", NULL, "does not fit"},
    };
    all_refused(vigenere, bad, sizeof bad / sizeof bad[0], &good);

    static struct rig_keys keys;
    static const char *const both[] = {"alphabet=letters", "bits=64", NULL};
    rig_keygen(vigenere, both, &keys);
    assert_memory_equal(keys.public, "bits=64 alphabet=letters y=", 27);
    rig_keygen(vigenere, NULL, &keys);
    assert_memory_equal(keys.private, "bits=32 alphabet=bytes x=", 25);
    static const char *const wrong[][2] = {
        {"bits=33", NULL}, {"alphabet=greek", NULL}, {"alphabet", NULL}};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(vigenere->keygen(rig_host(), wrong[i], keys.public, keys.private),
                         PB_REFUSED);
        const char *reason = rig_reason();
        assert_non_null(strstr(reason, "alphabet=bytes or letters"));
        assert_non_null(strstr(reason, "bits=16, 24, 32, 40, 48, 56 or 64"));
    }
    assert_int_equal(xor_cipher->keygen(rig_host(), wrong[1], keys.public, keys.private),
                     PB_REFUSED);
    assert_null(strstr(rig_reason(), "letters"));
}

int main(void)
{
    xor_cipher = rig_load(TEST_CIPHERS "/xor.so");
    vigenere = rig_load(TEST_CIPHERS "/vigenere.so");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_agreement),
        cmocka_unit_test(test_xor_by_hand),
        cmocka_unit_test(test_vigenere_bytes_by_hand),
        cmocka_unit_test(test_vigenere_letters_by_hand),
        cmocka_unit_test(test_bad_keys),
        cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
