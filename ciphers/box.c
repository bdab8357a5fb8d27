/* libsodium's crypto_box: X25519 agrees on a key, XSalsa20 hides, Poly1305 protects from change.
 *
 *     public key, private key    64 lowercase hex digits each: the 32 bytes as libsodium has them
 *     sealed record              tag (16 bytes), then as many bytes as the plain text
 *     nonce (24 bytes)           prefix (16), then the sequence number (8, big-endian)
 *     prefix                     BLAKE2b with 16 bytes of output and no key, of
 *                                session id (64), stream number (4, big-endian),
 *                                direction (1; 0: sealed by the client, 1: by the server)
 *
 * Both directions have one key (it comes from the two static key pairs), so the nonces must differ:
 * by session, stream and direction in the prefix, by position in the rest. That also is why a
 * record opens nowhere but in its place. Not forward secret: a private key stolen later opens
 * recorded sessions. */
#include <plugboard/cipher.h>

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define KEY_SIZE    crypto_box_PUBLICKEYBYTES
#define PREFIX_SIZE 16

struct session {
    uint8_t shared[crypto_box_BEFORENMBYTES];
    uint8_t seal_prefix[PREFIX_SIZE];
    uint8_t open_prefix[PREFIX_SIZE];
};

_Static_assert(crypto_box_SECRETKEYBYTES == KEY_SIZE, "both keys are read by one function");
_Static_assert(crypto_box_NONCEBYTES == PREFIX_SIZE + 8, "prefix and sequence make the nonce");

/* ---- keys ---- */

static int keygen(const struct pb_host *host, const char *const *options, char *public_key,
                  char *private_key)
{
    uint8_t seed[crypto_box_SEEDBYTES], public[KEY_SIZE], private[KEY_SIZE];
    if (*options)
        return host->fail(host, PB_REFUSED, "there is no option %.40s: box has no options",
                          *options);
    if (sodium_init() < 0)
        return host->fail(host, PB_BROKEN, "libsodium cannot be used here (sodium_init failed)");
    host->random(host, seed, sizeof seed); /* not crypto_box_keypair: that draws its own */
    crypto_box_seed_keypair(public, private, seed);
    sodium_bin2hex(public_key, 2 * KEY_SIZE + 1, public, KEY_SIZE);
    sodium_bin2hex(private_key, 2 * KEY_SIZE + 1, private, KEY_SIZE);
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(private, sizeof private);
    return PB_OK;
}

/* Reads 64 hex digits. secret: the right spelling is not shown, because a reason may travel. */
static int read_key(const struct pb_host *host, const char *whose, int secret, const char *text,
                    uint8_t *key)
{
    char right[2 * KEY_SIZE + 1];
    if (strlen(text) != 2 * KEY_SIZE ||
        sodium_hex2bin(key, KEY_SIZE, text, 2 * KEY_SIZE, NULL, NULL, NULL) != 0)
        return host->fail(host, PB_REFUSED, "the %s key must be %d hex digits", whose,
                          (int)(2 * KEY_SIZE));
    sodium_bin2hex(right, sizeof right, key, KEY_SIZE);
    int wrong = strcmp(right, text) != 0;
    if (wrong && !secret)
        return host->fail(host, PB_REFUSED, "the %s key must be spelled \"%s\"", whose, right);
    sodium_memzero(right, sizeof right);
    if (wrong)
        return host->fail(host, PB_REFUSED, "the %s key must be spelled with lowercase hex digits",
                          whose);
    return PB_OK;
}

/* X25519 reads numbers beyond its prime 2^255 - 19 as if they were smaller: other spellings of a
 * key. */
static int is_reduced(const uint8_t key[KEY_SIZE])
{
    static const uint8_t prime[KEY_SIZE] = {0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f};
    return sodium_compare(key, prime, KEY_SIZE) < 0; /* both little-endian */
}

static int read_public(const struct pb_host *host, const char *whose, const char *text,
                       uint8_t *key)
{
    int result = read_key(host, whose, 0, text, key);
    if (result == PB_OK && !is_reduced(key))
        result = host->fail(host, PB_REFUSED,
                            "the %s key is not below 2^255 - 19: "
                            "it is another spelling of a smaller one",
                            whose);
    return result;
}

/* ---- a stream ---- */

static void make_prefix(const struct pb_setup *setup, enum pb_role sealed_by,
                        uint8_t prefix[PREFIX_SIZE])
{
    const uint8_t place[5] = {(uint8_t)(setup->stream >> 24), (uint8_t)(setup->stream >> 16),
                              (uint8_t)(setup->stream >> 8), (uint8_t)setup->stream,
                              sealed_by == PB_SERVER};
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, PREFIX_SIZE);
    crypto_generichash_update(&state, setup->session_id, PB_SESSION_ID_SIZE);
    crypto_generichash_update(&state, place, sizeof place);
    crypto_generichash_final(&state, prefix, PREFIX_SIZE);
}

/* The key of the session, once: further streams copy it. */
static int agree(const struct pb_host *host, const struct pb_setup *setup, uint8_t *shared)
{
    uint8_t private[KEY_SIZE], public[KEY_SIZE], peer[KEY_SIZE], right[KEY_SIZE];
    int result = read_public(host, "own public", setup->own_public, public);
    if (result == PB_OK)
        result = read_key(host, "own private", 1, setup->own_private, private);
    if (result == PB_OK)
        result = read_public(host, "peer's public", setup->peer_public, peer);
    if (result == PB_OK && (crypto_scalarmult_base(right, private) != 0 ||
                            sodium_memcmp(right, public, KEY_SIZE) != 0))
        result =
            host->fail(host, PB_REFUSED, "the own private key does not fit the own public key");
    if (result == PB_OK && crypto_box_beforenm(shared, peer, private) != 0)
        result = host->fail(host, PB_REFUSED,
                            "the peer's public key is one of the few points of low order "
                            "(such as all zeros) that make every shared key the same");
    sodium_memzero(private, sizeof private);
    return result;
}

static int start(void *memory, const struct pb_host *host, const struct pb_setup *setup)
{
    struct session *session = memory;
    const struct session *parent = setup->parent;
    if (sodium_init() < 0)
        return host->fail(host, PB_BROKEN, "libsodium cannot be used here (sodium_init failed)");
    make_prefix(setup, setup->role, session->seal_prefix);
    make_prefix(setup, setup->role == PB_CLIENT ? PB_SERVER : PB_CLIENT, session->open_prefix);
    if (!parent)
        return agree(host, setup, session->shared);
    memcpy(session->shared, parent->shared, sizeof session->shared);
    return PB_OK;
}

static void make_nonce(const uint8_t prefix[PREFIX_SIZE], uint64_t sequence,
                       uint8_t nonce[crypto_box_NONCEBYTES])
{
    memcpy(nonce, prefix, PREFIX_SIZE);
    for (int i = 0; i < 8; i++)
        nonce[PREFIX_SIZE + i] = (uint8_t)(sequence >> 8 * (7 - i));
}

static int seal(void *restrict memory, uint64_t sequence, uint8_t *restrict out,
                size_t *restrict out_size, const uint8_t *restrict in, size_t in_size)
{
    const struct session *session = memory;
    uint8_t nonce[crypto_box_NONCEBYTES];
    make_nonce(session->seal_prefix, sequence, nonce);
    *out_size = in_size + crypto_box_MACBYTES;
    return crypto_box_easy_afternm(out, in, in_size, nonce, session->shared) == 0 ? PB_OK
                                                                                  : PB_BROKEN;
}

static int open(void *restrict memory, uint64_t sequence, uint8_t *restrict out,
                size_t *restrict out_size, const uint8_t *restrict in, size_t in_size)
{
    const struct session *session = memory;
    uint8_t nonce[crypto_box_NONCEBYTES];
    if (in_size < crypto_box_MACBYTES)
        return PB_REFUSED;
    make_nonce(session->open_prefix, sequence, nonce);
    *out_size = in_size - crypto_box_MACBYTES;
    return crypto_box_open_easy_afternm(out, in, in_size, nonce, session->shared) == 0 ? PB_OK
                                                                                       : PB_REFUSED;
}

static void explain(const void *memory, char *line, size_t size)
{
    const struct session *session = memory;
    const uint8_t *sent = session->seal_prefix, *received = session->open_prefix;
    snprintf(line, size,
             "nonces begin %02x%02x%02x%02x... (sent) and %02x%02x%02x%02x... (received); "
             "the shared key stays secret",
             sent[0], sent[1], sent[2], sent[3], received[0], received[1], received[2],
             received[3]);
}

PB_EXPORT_CIPHER = {
    .abi = PB_ABI,
    .size = sizeof(struct pb_cipher),
    .name = "box",
    .title = "X25519, XSalsa20, Poly1305",
    .summary =
        "libsodium's crypto_box: secret, protected from change, each record only in its place",
    .format = 1,
    .claims = PB_CONFIDENTIAL | PB_RANDOMISED | PB_INTEGRITY | PB_IN_PLACE | PB_PEER_AUTHENTICATION,
    .session_size = sizeof(struct session),
    .overhead = crypto_box_MACBYTES,
    .keygen = keygen,
    .start = start,
    .seal = seal,
    .open = open,
    .explain = explain,
};
