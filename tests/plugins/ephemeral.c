/* A correct cipher that uses what the five do not: greet, parent and the transcript. A toy with the
 * shape of a forward-secret one: beside the long-lived key pairs each side makes an ephemeral pair
 * for each session, says its public half in its greeting, and forgets its private half as soon as
 * the shared number is known.
 *
 *     record key = FNV-1a(static number, ephemeral number, session id, HELLO, WELCOME, stream,
 * direction, sequence)
 *
 * Both numbers are Diffie-Hellman modulo the Mersenne prime 2^61 - 1 (tiny, and its order is
 * smooth: a toy twice over). Streams from 1 on are not greeted: they find the ephemeral number in
 * the memory of stream 0, their parent. */
#include <plugboard/cipher.h>

#include <stdio.h>
#include <string.h>

#define PRIME         ((UINT64_C(1) << 61) - 1)
#define GENERATOR     37
#define KEY_DIGITS    16
#define GREETING_SIZE 8

struct ephemeral {
    uint64_t secret;             /* our ephemeral private number, between greet and start only */
    uint64_t shared;             /* the ephemeral number that both sides know */
    uint64_t seal_key, open_key; /* of this stream, one a direction */
};

/* ---- numbers ---- */

static uint64_t multiply(uint64_t a, uint64_t b)
{
    return (uint64_t)((unsigned __int128)a * b % PRIME);
}

static uint64_t power(uint64_t base, uint64_t exponent)
{
    uint64_t result = 1;
    for (; exponent; exponent >>= 1) {
        if (exponent & 1)
            result = multiply(result, base);
        base = multiply(base, base);
    }
    return result;
}

/* 2 to PRIME - 2: neither 0, 1 nor PRIME - 1, whose powers are known without any secret. */
static int is_good(uint64_t number)
{
    return number >= 2 && number <= PRIME - 2;
}

static uint64_t draw(const struct pb_host *host)
{
    uint64_t number;
    do {
        host->random(host, &number, sizeof number);
        number &= PRIME;
    } while (!is_good(number) || !is_good(power(GENERATOR, number)));
    return number;
}

static uint64_t read_number(const uint8_t *bytes)
{
    uint64_t number = 0;
    for (int i = 0; i < GREETING_SIZE; i++)
        number = number << 8 | bytes[i];
    return number;
}

/* FNV-1a, 64 bits; `hash` is what came before. */
static uint64_t mix(uint64_t hash, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* ---- keys: 16 lower-case hex digits ---- */

static int keygen(const struct pb_host *host, const char *const *options, char *public_key,
                  char *private_key)
{
    if (options[0])
        return host->fail(host, PB_REFUSED, "unknown option %s: there are none", options[0]);
    uint64_t number = draw(host);
    sprintf(private_key, "%016llx", (unsigned long long)number);
    sprintf(public_key, "%016llx", (unsigned long long)power(GENERATOR, number));
    return PB_OK;
}

/* 0 if text is not the one spelling of a good number. */
static uint64_t read_key(const char *text)
{
    unsigned long long number = 0;
    if (strlen(text) != KEY_DIGITS || strspn(text, "0123456789abcdef") != KEY_DIGITS)
        return 0;
    sscanf(text, "%16llx", &number);
    return is_good(number) ? number : 0;
}

/* ---- a stream ---- */

static int greet(void *memory, const struct pb_host *host, const struct pb_setup *setup,
                 uint8_t *greeting, size_t *greeting_size)
{
    struct ephemeral *own = memory;
    (void)setup;
    own->secret = draw(host);
    uint64_t number = power(GENERATOR, own->secret);
    for (int i = 0; i < GREETING_SIZE; i++)
        greeting[i] = (uint8_t)(number >> (56 - 8 * i));
    *greeting_size = GREETING_SIZE;
    return PB_OK;
}

/* Stream 0: from our secret and the peer's greeting; the secret is gone then. Others: the parent
 * knows. */
static int agree(struct ephemeral *own, const struct pb_host *host, const struct pb_setup *setup)
{
    const struct ephemeral *parent = setup->parent;
    if (setup->stream > 0) {
        if (!parent || !parent->shared)
            return host->fail(host, PB_BROKEN, "stream %u has no started parent",
                              (unsigned)setup->stream);
        own->shared = parent->shared;
        return PB_OK;
    }
    if (!own->secret)
        return host->fail(host, PB_BROKEN, "start without greet");
    uint64_t theirs = setup->greeting_size == GREETING_SIZE ? read_number(setup->greeting) : 0;
    if (!is_good(theirs))
        return host->fail(host, PB_REFUSED, "the other side sent no good ephemeral key");
    own->shared = power(theirs, own->secret);
    own->secret = 0;
    return PB_OK;
}

static int start(void *memory, const struct pb_host *host, const struct pb_setup *setup)
{
    struct ephemeral *own = memory;
    uint64_t private_key = read_key(setup->own_private), peer = read_key(setup->peer_public);
    if (!private_key || read_key(setup->own_public) != power(GENERATOR, private_key))
        return host->fail(host, PB_REFUSED,
                          "the own keys are not a pair of numbers of %d hex digits", KEY_DIGITS);
    if (!peer)
        return host->fail(host, PB_REFUSED,
                          "the public key is not a number of %d hex digits from 2 to 2^61 - 3",
                          KEY_DIGITS);
    int result = agree(own, host, setup);
    if (result != PB_OK)
        return result;

    uint64_t fixed = power(peer, private_key), hash = UINT64_C(0xcbf29ce484222325);
    hash = mix(hash, &fixed, sizeof fixed);
    hash = mix(hash, &own->shared, sizeof own->shared);
    hash = mix(hash, setup->session_id, PB_SESSION_ID_SIZE);
    hash = mix(hash, setup->hello, setup->hello_size);
    hash = mix(hash, setup->welcome, setup->welcome_size);
    hash = mix(hash, &setup->stream, sizeof setup->stream);
    uint64_t client = mix(hash, "client", 6), server = mix(hash, "server", 6);
    own->seal_key = setup->role == PB_CLIENT ? client : server;
    own->open_key = setup->role == PB_CLIENT ? server : client;
    return PB_OK;
}

static void run(uint64_t key, uint64_t sequence, uint8_t *PB_RESTRICT out,
                const uint8_t *PB_RESTRICT in, size_t size)
{
    uint64_t state = mix(key, &sequence, sizeof sequence);
    for (size_t i = 0; i < size; i++) {
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
        out[i] = in[i] ^ (uint8_t)(state >> 56);
    }
}

static int seal(void *PB_RESTRICT memory, uint64_t sequence, uint8_t *PB_RESTRICT out,
                size_t *PB_RESTRICT out_size, const uint8_t *PB_RESTRICT in, size_t in_size)
{
    const struct ephemeral *own = memory;
    run(own->seal_key, sequence, out, in, in_size);
    *out_size = in_size;
    return PB_OK;
}

static int open_record(void *PB_RESTRICT memory, uint64_t sequence, uint8_t *PB_RESTRICT out,
                       size_t *PB_RESTRICT out_size, const uint8_t *PB_RESTRICT in, size_t in_size)
{
    const struct ephemeral *own = memory;
    if (in_size > *out_size)
        return PB_REFUSED;
    run(own->open_key, sequence, out, in, in_size);
    *out_size = in_size;
    return PB_OK;
}

static void explain(const void *memory, char *line, size_t size)
{
    const struct ephemeral *own = memory;
    snprintf(line, size, "ephemeral number %016llx, gone when the session ends",
             (unsigned long long)own->shared);
}

PB_EXPORT_CIPHER = {
    .abi = PB_ABI,
    .size = sizeof(struct pb_cipher),
    .name = "ephemeral",
    .title = "Ephemeral toy exchange",
    .summary = "A fresh key agreement in every session, bound to the handshake; for the tests.",
    .format = 1,
    .claims = PB_TOY,
    .session_size = sizeof(struct ephemeral),
    .keygen = keygen,
    .start = start,
    .seal = seal,
    .open = open_record,
    .greet = greet,
    .explain = explain,
};
