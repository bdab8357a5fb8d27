/* Known answers for rsa: by hand with n=3233, and figures of Python's pow for keys of 129 and 200
 * bits. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct pb_cipher *rsa;

#define SMALL    "n=547701281852928955823817350016917494309 e=65537"
#define SMALL_D  SMALL " d=233063664011390248540150808728039200257"
#define SMALL_PQ SMALL_D " p=14946608615152724537 q=36643849849501966157"
#define LARGE    "n=1175596741507965332357909835053173861129269831944518373823953 e=65537"
#define LARGE_D  LARGE " d=930726345879156647919839322847496707570389437025441653263193"
#define LARGE_PQ LARGE_D " p=1046016829535570725597218575971 q=1123879375850891247515195453243"

/* Sealed by one side, the record is as expected (hex), and the other side opens it. */
static void sealed_is(const char *own_public, const char *own_private, const char *peer_public,
                      const char *peer_private, const void *plain, size_t size, const char *hex)
{
    static struct rig_keys own, peer;
    struct rig_session session;
    uint8_t *sealed, *opened;
    size_t sealed_size, opened_size;
    strcpy(own.public, own_public);
    strcpy(own.private, own_private);
    strcpy(peer.public, peer_public);
    strcpy(peer.private, peer_private);
    rig_session_start(&session, rsa, &own, &peer);
    assert_int_equal(
        rig_seal(&session.parent[PB_CLIENT], 0, plain, size, 0, &sealed, &sealed_size, RIG_LAST),
        PB_OK);
    char text[2 * 256 + 1] = "";
    assert_true(sealed_size <= 256);
    for (size_t i = 0; i < sealed_size; i++)
        sprintf(text + 2 * i, "%02x", sealed[i]);
    assert_string_equal(text, hex);
    assert_int_equal(rig_open(&session.parent[PB_SERVER], 9, sealed, sealed_size, &opened,
                              &opened_size, RIG_LAST),
                     PB_OK);
    assert_int_equal(opened_size, size);
    assert_memory_equal(opened, plain, size);
    rig_session_close(&session);
}

/* n=3233 e=17 d=2753, as on every blackboard: 65^2753 mod 3233 is 588 = 02 4c; 2^17 and 76^17
 * follow. */
static void test_by_hand(void **state)
{
    (void)state;
    const char *public = "n=3233 e=17",
               *private[] = {"n=3233 e=17 d=2753", "n=3233 e=17 d=2753 p=61 q=53"};
    for (int i = 0; i < 2; i++) {
        sealed_is(public, private[i], public, private[!i], "A", 1, "0000000106d80aa6");
        sealed_is(public, private[i], public, private[!i], "Hi", 2, "00000002056b0667044804f1");
        sealed_is(public, private[i], public, private[!i], "", 0, "00000000");
        sealed_is(public, private[i], public, private[!i], "\0\0\1", 3,
                  "00000003000000000000000000000001");
    }
}

/* Two keys of different sizes, in both directions, with and without the primes. */
static void test_two_sizes(void **state)
{
    (void)state;
    static const char plain[] =
        "\0\0Plain text of two keys of different sizes, and \xff at its end \xff";
    static const char from_small[] = "0000003fa9e7860ff9bb9910882f1ae1e11fbfd9d2bb6434f2043a5e2c307"
                                     "e50c082950bda1a65d96fc8a7b235c5dd347a3c216c"
                                     "fce588a8aa1aee961d40d3efe3f6214e3a486a27b6904754f0bc3a";
    static const char from_large[] =
        "0000003f001224fc9664c8be5c4049bbefe15a3ef1002179d07c0f24fe3948e2d9ce6ac821f8016ddb56e322a4"
        "3d660a9928da77"
        "846b7f00871a2facb8391ddd587ce2d3d71168490139b6b8426adac6519b5a2375f7186b98";
    sealed_is(SMALL, SMALL_PQ, LARGE, LARGE_PQ, plain, sizeof plain - 1, from_small);
    sealed_is(SMALL, SMALL_D, LARGE, LARGE_D, plain, sizeof plain - 1, from_small);
    sealed_is(LARGE, LARGE_PQ, SMALL, SMALL_PQ, plain, sizeof plain - 1, from_large);
    sealed_is(LARGE, LARGE_D, SMALL, SMALL_D, plain, sizeof plain - 1, from_large);
}

/* Every size round those where a block gains a byte, up to 4096 bits, talks with a key of the
 * blackboard. */
static void test_sizes(void **state)
{
    (void)state;
    static const char *const sizes[] = {"12", "13", "15", "16", "17", "18",   "19",
                                        "20", "24", "25", "64", "65", "1024", "4096"};
    static struct rig_keys keys, blackboard = {"n=3233 e=17", "n=3233 e=17 d=2753"};
    uint8_t message[1500];
    rig_random(message, sizeof message);
    memset(message, 0, 8);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char option[16];
        snprintf(option, sizeof option, "bits=%s", sizes[i]);
        rig_keygen(rsa, (const char *const[]){option, NULL}, &keys);
        struct rig_session session;
        rig_session_start(&session, rsa, &keys, &blackboard);
        struct rig_end *ends = session.parent;
        size_t step = i < 12 ? 1 : 500;
        for (size_t size = 0; size <= (i < 12 ? 70 : sizeof message); size += step) {
            rig_round_trip(&ends[PB_CLIENT], &ends[PB_SERVER], 0, message, size);
            rig_round_trip(&ends[PB_SERVER], &ends[PB_CLIENT], 0, message, size);
        }
        assert_true(rig_sealed_max(&ends[PB_CLIENT], PB_MESSAGE_MAX) <= PB_SEALED_MAX);
        rig_session_close(&session);
    }
}

/* Generated pairs are as many bits as asked for, and start without their primes as well. */
static void test_generated_keys(void **state)
{
    (void)state;
    static struct rig_keys keys;
    for (unsigned bits = 12; bits <= 40; bits++) {
        char option[16];
        snprintf(option, sizeof option, "bits=%u", bits);
        rig_keygen(rsa, (const char *const[]){option, NULL}, &keys);
        unsigned long long n = strtoull(keys.public + 2, NULL, 10);
        assert_int_equal(n >> (bits - 1), 1);
        assert_int_equal(rig_try_start(rsa, keys.public, keys.private, "n=3233 e=17"), PB_OK);
        *strstr(keys.private, " p=") = '\0';
        assert_int_equal(rig_try_start(rsa, keys.public, keys.private, "n=3233 e=17"), PB_OK);
    }
}

/* Every bad key has its own sentence. */
static void test_bad_keys(void **state)
{
    (void)state;
    static const struct {
        const char *public, *private, *peer; /* NULL: a good one */
        const char *says;
    } bad[] = {
        {NULL, NULL, "n=0 e=17", "peer's public key has n=0"},
        {NULL, NULL, "n=1 e=17", "has n=1"},
        {NULL, NULL, "n=3234 e=17", "even n"},
        {NULL, NULL, "n=33 e=3", "fewer than 12 bits"},
        {NULL, NULL, "n=3721 e=17", "square as n"},
        {NULL, NULL, "n=3233 e=0", "has e=0"},
        {NULL, NULL, "n=3233 e=1", "has e=1"},
        {NULL, NULL, "n=3233 e=16", "even e"},
        {NULL, NULL, "n=3233 e=3233", "not smaller than n"},
        {NULL, NULL, "n=3233 e=017", "must be spelled \"n=3233 e=17\""},
        {NULL, NULL, "n=3233  e=17", "must be spelled \"n=3233 e=17\""},
        {NULL, NULL, " n=3233 e=17", "must be spelled \"n=3233 e=17\""},
        {NULL, NULL, "e=17 n=3233", "must look like \"n=3233 e=17\""},
        {NULL, NULL, "n=3233", "must look like"},
        {NULL, NULL, "n=3233 e=17 d=2753", "must look like"},
        {NULL, NULL, "n=-3233 e=17", "must look like"},
        {NULL, NULL, "n=0xca1 e=17", "must look like"},
        {"n=0 e=17", NULL, NULL, "own public key has n=0"},
        {"n=3233 e=7", NULL, NULL, "another n or e"},
        {NULL, "n=3233 e=7 d=1783", NULL, "another n or e"},
        {NULL, "n=3233 e=17 d=2754", NULL, "d that does not fit e"},
        {NULL, "n=3233 e=17 d=17", NULL, "d that does not fit e"},
        {NULL, "n=3233 e=17 d=0", NULL, "d from 1 to n-1"},
        {NULL, "n=3233 e=17 d=3233", NULL, "d from 1 to n-1"},
        {NULL, "n=3233 e=17 d=2754 p=61 q=53", NULL, "d that does not fit e"},
        {NULL, "n=3233 e=17 d=2753 p=61 q=59", NULL, "product is not n"},
        {NULL, "n=3233 e=17 d=2753 p=1 q=3233", NULL, "product is not n"},
        {NULL, "n=3233 e=17 d=2753 p=61 q=0", NULL, "product is not n"},
        {NULL, "n=3233 e=17 d=2753 p=61", NULL, "must look like"},
        {NULL, "n=3233 e=17 d=2753 p=061 q=53", NULL, "must be spelled"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int result = rig_try_start(rsa, bad[i].public ? bad[i].public : "n=3233 e=17",
                                   bad[i].private ? bad[i].private : "n=3233 e=17 d=2753",
                                   bad[i].peer ? bad[i].peer : SMALL);
        const char *reason = rig_reason();
        if (result != PB_REFUSED || !strstr(reason, bad[i].says))
            fail_msg("row %zu: %d \"%s\", expected \"%s\"", i, result, reason, bad[i].says);
        assert_null(strstr(reason, "2753 p=061"));
    }
    /* 413 = 2753 mod 780 does the same as 2753: every d that fits will do. */
    assert_int_equal(rig_try_start(rsa, "n=3233 e=17", "n=3233 e=17 d=413", SMALL), PB_OK);
}

/* Every wrong d of the blackboard's key is found, though the primes are not given. */
static void test_every_wrong_d(void **state)
{
    (void)state;
    for (int d = 1; d < 3233; d += 2) {
        char private[64];
        snprintf(private, sizeof private, "n=3233 e=17 d=%d", d);
        assert_int_equal(rig_try_start(rsa, "n=3233 e=17", private, SMALL),
                         17 * d % 780 == 1 ? PB_OK : PB_REFUSED);
    }
}

int main(void)
{
    rsa = rig_load(TEST_CIPHERS "/rsa.so");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),  cmocka_unit_test(test_two_sizes),
        cmocka_unit_test(test_sizes),    cmocka_unit_test(test_generated_keys),
        cmocka_unit_test(test_bad_keys), cmocka_unit_test(test_every_wrong_d),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
