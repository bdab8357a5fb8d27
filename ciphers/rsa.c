/* Textbook RSA: a number m becomes m^e mod n, and c^d mod n brings it back. Nothing else.
 *
 *     public key     n=3233 e=17
 *     private key    n=3233 e=17 d=2753
 *                    n=3233 e=17 d=2753 p=61 q=53    the primes make it about four times as fast
 *
 * A message goes through the own private key (what only we can do) and then through the peer's
 * public key (what only the peer can undo); open goes the same way back. Two moduli, two sizes:
 *
 *     plain      blocks of `small` bytes of the own n: the most bytes that are surely below n
 *        ^d      each becomes a block of `large` bytes: as many as n itself has
 *     between    all those bytes in a row, cut anew into blocks of `small` bytes of the peer's n
 *        ^e      each becomes a block of `large` bytes of the peer's n
 *     sealed     length of the plain text (4 bytes, big-endian, for all to see), then the blocks
 *
 * All blocks are big-endian numbers; the last one of a text may be shorter, and the length in
 * front says how long it was: so leading zeros survive.
 *
 * Why this is a toy and claims nothing: the same text gives the same bytes, 0 and 1 stay what they
 * are, records can be repeated and (with small keys) their blocks swapped, and from the signatures
 * of a and b anybody makes the one of a*b. */
#include <plugboard/cipher.h>

#include <gmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BITS_MIN     12
#define BITS_MAX     4096
#define BITS_DEFAULT 512
#define BLOCK_MAX    (BITS_MAX / 8)
#define LENGTH_SIZE  4 /* of the plain length in front */

/* The numbers of a key text, in this order. */
enum number { N, E, D, P, Q, NUMBERS };
static const char letters[NUMBERS + 1] = "nedpq";

struct key {
    mpz_t number[NUMBERS];     /* 0: not there (D of a public key, P and Q if not given) */
    mpz_t d_p, d_q, q_inverse; /* d mod p-1, d mod q-1, 1/q mod p: for raise_private */
    size_t small, large;       /* bytes of a block that is surely below n, and of n itself */
};

struct session {
    bool ready; /* the numbers below have been initialised: stop gives them back */
    struct key own, peer;
    mpz_t block, half; /* the number under way */
};

static void key_init(struct key *key)
{
    for (int i = 0; i < NUMBERS; i++)
        mpz_init(key->number[i]);
    mpz_inits(key->d_p, key->d_q, key->q_inverse, NULL);
}

static void key_clear(struct key *key)
{
    for (int i = 0; i < NUMBERS; i++)
        mpz_clear(key->number[i]);
    mpz_clears(key->d_p, key->d_q, key->q_inverse, NULL);
}

static bool has(const struct key *key, enum number which)
{
    return mpz_sgn(key->number[which]) != 0;
}

/* What follows from the numbers: block sizes, and the parts of d. */
static void key_prepare(struct key *key)
{
    mpz_t *number = key->number;
    size_t bits = mpz_sizeinbase(number[N], 2);
    key->small = (bits - 1) / 8;
    key->large = (bits + 7) / 8;
    if (!has(key, P))
        return;
    mpz_sub_ui(key->d_p, number[P], 1);
    mpz_mod(key->d_p, number[D], key->d_p);
    mpz_sub_ui(key->d_q, number[Q], 1);
    mpz_mod(key->d_q, number[D], key->d_q);
    mpz_invert(key->q_inverse, number[Q], number[P]);
}

/* block^e mod n, the peer's half. */
static void raise_public(const struct key *key, mpz_t block)
{
    mpz_powm(block, block, key->number[E], key->number[N]);
}

/* block^d mod n, for which one needs the private key. With the primes in two halves, modulo p and
 * modulo q, put together by the Chinese remainder theorem. */
static void raise_private(const struct key *key, mpz_t block, mpz_t half)
{
    if (!has(key, P)) {
        mpz_powm(block, block, key->number[D], key->number[N]);
        return;
    }
    mpz_powm(half, block, key->d_p, key->number[P]);
    mpz_powm(block, block, key->d_q, key->number[Q]);
    mpz_sub(half, half, block); /* block + q * ((half - block) / q mod p) has both remainders */
    mpz_mul(half, half, key->q_inverse);
    mpz_mod(half, half, key->number[P]);
    mpz_addmul(block, half, key->number[Q]);
}

/* ---- keys ---- */

/* Writes the numbers up to `last` that there are: "n=3233 e=17". */
static void write_key(const struct key *key, enum number last, char *text)
{
    char *at = text;
    for (int i = N; i <= (int)last && has(key, i); i++)
        at += gmp_sprintf(at, "%s%c=%Zd", i ? " " : "", letters[i], key->number[i]);
}

static int parse_bits(const struct pb_host *host, const char *const *options, unsigned *bits)
{
    *bits = BITS_DEFAULT;
    for (; *options; options++) {
        if (strncmp(*options, "bits=", 5) != 0)
            return host->fail(host, PB_REFUSED, "there is no option %.40s: choose bits=%d to %d",
                              *options, BITS_MIN, BITS_MAX);
        char *end, digit = (*options)[5];
        unsigned long value = strtoul(*options + 5, &end, 10);
        if (digit < '0' || digit > '9' || *end || value < BITS_MIN || value > BITS_MAX)
            return host->fail(host, PB_REFUSED, "%.40s is not possible: bits must be from %d to %d",
                              *options, BITS_MIN, BITS_MAX);
        *bits = (unsigned)value;
    }
    return PB_OK;
}

/* A random prime of this many bits; e must have an inverse modulo p-1. */
static void make_prime(const struct pb_host *host, mpz_t prime, unsigned bits, const mpz_t e)
{
    uint8_t random[BLOCK_MAX];
    size_t size = (bits + 7) / 8;
    mpz_t gcd;
    mpz_init(gcd);
    do {
        host->random(host, random, size);
        mpz_import(prime, size, 1, 1, 1, 0, random);
        mpz_fdiv_r_2exp(prime, prime, bits);
        mpz_setbit(prime, bits - 1);
        mpz_nextprime(prime, prime);
        mpz_sub_ui(gcd, prime, 1);
        mpz_gcd(gcd, gcd, e);
    } while (mpz_sizeinbase(prime, 2) != bits || mpz_cmp_ui(gcd, 1) != 0);
    mpz_clear(gcd);
}

static int keygen(const struct pb_host *host, const char *const *options, char *public_key,
                  char *private_key)
{
    unsigned bits;
    int result = parse_bits(host, options, &bits);
    if (result != PB_OK)
        return result;
    struct key key;
    mpz_t phi, p_less;
    key_init(&key);
    mpz_inits(phi, p_less, NULL);
    mpz_t *number = key.number;
    mpz_set_ui(number[E], bits < 20 ? 17 : 65537); /* e must be below n */
    do {
        make_prime(host, number[P], (bits + 1) / 2, number[E]);
        make_prime(host, number[Q], bits / 2, number[E]);
        mpz_mul(number[N], number[P], number[Q]);
    } while (mpz_sizeinbase(number[N], 2) != bits || mpz_cmp(number[P], number[Q]) == 0);
    mpz_sub_ui(p_less, number[P], 1);
    mpz_sub_ui(phi, number[Q], 1);
    mpz_mul(phi, phi, p_less);
    mpz_invert(number[D], number[E], phi);
    write_key(&key, E, public_key);
    write_key(&key, Q, private_key);
    mpz_clears(phi, p_less, NULL);
    key_clear(&key);
    return PB_OK;
}

/* Takes "n=3233 e=17 ..." apart, with any blanks and leading zeros. Returns how many numbers it
 * had; -1: it is something else. */
static int take_apart(const char *text, struct key *key)
{
    char digits[PB_KEY_MAX + 1];
    int count = 0;
    for (const char *word = text + strspn(text, " "); *word; word += strspn(word, " ")) {
        size_t length = strcspn(word, " ");
        if (count == NUMBERS || length < 3 || word[0] != letters[count] || word[1] != '=' ||
            strspn(word + 2, "0123456789") != length - 2)
            return -1;
        memcpy(digits, word + 2, length - 2);
        digits[length - 2] = '\0';
        mpz_set_str(key->number[count++], digits, 10);
        word += length;
    }
    return count;
}

/* What is wrong with n and e alone, in words; NULL: nothing. */
static const char *judge_public(const struct key *key)
{
    const mpz_t *number = key->number;
    size_t bits = mpz_sizeinbase(number[N], 2);
    if (!has(key, N))
        return "has n=0: there is nothing to divide by";
    if (mpz_cmp_ui(number[N], 1) == 0)
        return "has n=1: every remainder is 0, so every message would be lost";
    if (mpz_even_p(number[N]))
        return "has an even n: it must be the product of two odd primes";
    if (bits < BITS_MIN || bits > BITS_MAX)
        return "has an n of fewer than 12 bits (2048) or more than 4096";
    if (mpz_perfect_square_p(number[N]))
        return "has a square as n: it must be the product of two different primes";
    if (!has(key, E))
        return "has e=0: every message would become 1";
    if (mpz_cmp_ui(number[E], 1) == 0)
        return "has e=1: every message would stay as it is";
    if (mpz_even_p(number[E]))
        return "has an even e: no d can undo it";
    if (mpz_cmp(number[E], number[N]) >= 0)
        return "has an e that is not smaller than n";
    return NULL;
}

/* Do d, and p and q if they are there, belong to n and e? */
static const char *judge_private(struct key *key, mpz_t block, mpz_t half)
{
    mpz_t *number = key->number;
    if (!has(key, D) || mpz_cmp(number[D], number[N]) >= 0)
        return "must have a d from 1 to n-1";
    if (has(key, P) || has(key, Q)) {
        mpz_mul(half, number[P], number[Q]);
        if (mpz_cmp(half, number[N]) != 0 || mpz_cmp_ui(number[P], 1) == 0 ||
            mpz_cmp_ui(number[Q], 1) == 0)
            return "has p and q whose product is not n";
        for (int i = P; i <= Q; i++) {
            mpz_sub_ui(half, number[i], 1);
            mpz_mul(block, number[D], number[E]);
            mpz_sub_ui(block, block, 1);
            if (!mpz_divisible_p(block, half))
                return "has a d that does not fit e: e*d must be 1 modulo p-1 and modulo q-1";
        }
        mpz_gcd(half, number[P], number[Q]);
        if (mpz_cmp_ui(half, 1) != 0)
            return "has p and q with a common divisor";
    }
    /* Without p and q the proof is in the use, there and back; for an n of the blackboard often. */
    key_prepare(key);
    unsigned long tries = mpz_sizeinbase(number[N], 2) <= 32 ? 1000 : 5;
    for (unsigned long m = 2; m < tries + 2; m++) {
        mpz_set_ui(block, m);
        raise_public(key, block);
        raise_private(key, block, half);
        if (mpz_cmp_ui(block, m) != 0)
            return "has a d that does not fit e: m^e^d is not m (or n is no product of two primes)";
    }
    return NULL;
}

/* Reads and judges one key text. Nothing of a private key is put into a sentence. */
static int read_key(struct session *session, const struct pb_host *host, const char *whose,
                    const char *text, bool secret, struct key *key)
{
    const char *like = secret ? "n=3233 e=17 d=2753 p=61 q=53" : "n=3233 e=17";
    char right[PB_KEY_MAX + 1];
    int count = strlen(text) > PB_KEY_MAX ? -1 : take_apart(text, key);
    if (secret ? count != 3 && count != 5 : count != 2)
        return host->fail(host, PB_REFUSED, "the %s key must look like \"%s\"%s", whose, like,
                          secret ? ", p and q may be left out" : "");
    const char *wrong = judge_public(key);
    if (!wrong && secret)
        wrong = judge_private(key, session->block, session->half);
    if (wrong)
        return host->fail(host, PB_REFUSED, "the %s key %s", whose, wrong);
    write_key(key, secret ? Q : E, right);
    if (strcmp(text, right) == 0)
        return PB_OK;
    if (secret || strlen(right) > 120)
        return host->fail(
            host, PB_REFUSED,
            "the %s key must be spelled like \"%s\": no leading zeros, one blank between", whose,
            like);
    return host->fail(host, PB_REFUSED, "the %s key must be spelled \"%s\"", whose, right);
}

/* Is d the one of the own public key? And what is the peer's? */
static int read_keys(struct session *session, const struct pb_host *host,
                     const struct pb_setup *setup)
{
    int result = read_key(session, host, "own public", setup->own_public, false, &session->own);
    if (result == PB_OK)
        result =
            read_key(session, host, "peer's public", setup->peer_public, false, &session->peer);
    if (result == PB_OK) /* last: it brings n and e again, which must be the public ones */
        result = read_key(session, host, "own private", setup->own_private, true, &session->own);
    size_t length = strlen(setup->own_public);
    if (result == PB_OK && (strncmp(setup->own_private, setup->own_public, length) != 0 ||
                            setup->own_private[length] != ' '))
        result = host->fail(host, PB_REFUSED,
                            "the own private key has another n or e than the own public key");
    return result;
}

/* ---- a stream ---- */

static void copy_key(struct key *key, const struct key *from)
{
    for (int i = 0; i < NUMBERS; i++)
        mpz_set(key->number[i], from->number[i]);
    key_prepare(key);
}

static int start(void *memory, const struct pb_host *host, const struct pb_setup *setup)
{
    struct session *session = memory;
    const struct session *parent = setup->parent;
    key_init(&session->own);
    key_init(&session->peer);
    mpz_inits(session->block, session->half, NULL);
    session->ready = true;
    if (parent) {
        copy_key(&session->own, &parent->own);
        copy_key(&session->peer, &parent->peer);
        return PB_OK;
    }
    int result = read_keys(session, host, setup);
    if (result == PB_OK) {
        key_prepare(&session->own);
        key_prepare(&session->peer);
    }
    return result;
}

static void stop(void *memory)
{
    struct session *session = memory;
    if (!session->ready)
        return;
    session->ready = false;
    key_clear(&session->own);
    key_clear(&session->peer);
    mpz_clears(session->block, session->half, NULL);
}

/* One way through one key: blocks of `from` bytes become blocks of `to` bytes, the last one of
 * either side is what is left. */
struct pass {
    const struct key *key;
    bool private;    /* ^d, otherwise ^e */
    size_t from, to; /* bytes of a block before and after */
    size_t in_left, out_left;
};

/* Takes the next block from `in`, puts what it becomes into `out`. False: the other side cannot
 * have made such a block. */
static bool pass_block(struct session *session, struct pass *pass, const uint8_t *in, size_t *taken,
                       uint8_t *out, size_t *given)
{
    *taken = pass->from < pass->in_left ? pass->from : pass->in_left;
    *given = pass->to < pass->out_left ? pass->to : pass->out_left;
    pass->in_left -= *taken;
    pass->out_left -= *given;
    mpz_import(session->block, *taken, 1, 1, 1, 0, in);
    if (mpz_cmp(session->block, pass->key->number[N]) >= 0)
        return false;
    if (pass->private)
        raise_private(pass->key, session->block, session->half);
    else
        raise_public(pass->key, session->block);
    size_t size = mpz_sgn(session->block) ? (mpz_sizeinbase(session->block, 2) + 7) / 8 : 0;
    if (size > *given)
        return false;
    memset(out, 0, *given - size); /* the zeros in front */
    mpz_export(out + *given - size, NULL, 1, 1, 1, 0, session->block);
    return true;
}

/* Through the first key, and what comes out of it, cut anew, through the second. */
static bool pass_both(struct session *session, struct pass *first, struct pass *second,
                      const uint8_t *in, uint8_t *out)
{
    uint8_t between[2 * BLOCK_MAX]; /* never more than a block of each */
    size_t held = 0, taken, given;
    while (second->in_left) {
        while (held < second->from && first->in_left) {
            if (!pass_block(session, first, in, &taken, between + held, &given))
                return false;
            in += taken;
            held += given;
        }
        if (!pass_block(session, second, between, &taken, out, &given))
            return false;
        out += given;
        held -= taken;
        memmove(between, between + taken, held);
    }
    return true;
}

static size_t blocks(size_t size, size_t block)
{
    return (size + block - 1) / block;
}

/* How many bytes `size` plain bytes are between the keys, and sealed. */
static size_t between_size(const struct key *by, size_t size)
{
    return blocks(size, by->small) * by->large;
}

static size_t sealed_size(const struct key *by, const struct key *to, size_t size)
{
    return LENGTH_SIZE + blocks(between_size(by, size), to->small) * to->large;
}

static size_t sealed_max(const void *memory, size_t plain_size)
{
    const struct session *session = memory;
    size_t sent = sealed_size(&session->own, &session->peer, plain_size);
    size_t received = sealed_size(&session->peer, &session->own, plain_size);
    return sent > received ? sent : received;
}

static int seal(void *restrict memory, uint64_t sequence, uint8_t *restrict out,
                size_t *restrict out_size, const uint8_t *restrict in, size_t in_size)
{
    struct session *session = memory;
    const struct key *own = &session->own, *peer = &session->peer;
    size_t between = between_size(own, in_size),
           sealed = sealed_size(own, peer, in_size) - LENGTH_SIZE;
    struct pass sign = {own, true, own->small, own->large, in_size, between};
    struct pass hide = {peer, false, peer->small, peer->large, between, sealed};
    (void)sequence; /* the same text, the same bytes */

    for (int i = 0; i < LENGTH_SIZE; i++)
        out[i] = (uint8_t)(in_size >> 8 * (LENGTH_SIZE - 1 - i));
    *out_size = LENGTH_SIZE + sealed;
    return pass_both(session, &sign, &hide, in, out + LENGTH_SIZE) ? PB_OK : PB_BROKEN;
}

static int open(void *restrict memory, uint64_t sequence, uint8_t *restrict out,
                size_t *restrict out_size, const uint8_t *restrict in, size_t in_size)
{
    struct session *session = memory;
    const struct key *own = &session->own, *peer = &session->peer;
    (void)sequence;
    if (in_size < LENGTH_SIZE)
        return PB_REFUSED;
    size_t size = 0;
    for (int i = 0; i < LENGTH_SIZE; i++)
        size = size << 8 | in[i];
    if (size > PB_MESSAGE_MAX || in_size != sealed_size(peer, own, size))
        return PB_REFUSED;
    size_t between = between_size(peer, size);
    struct pass show = {own, true, own->large, own->small, in_size - LENGTH_SIZE, between};
    struct pass verify = {peer, false, peer->large, peer->small, between, size};
    *out_size = size;
    return pass_both(session, &show, &verify, in + LENGTH_SIZE, out) ? PB_OK : PB_REFUSED;
}

static void explain(const void *memory, char *line, size_t size)
{
    const struct session *session = memory;
    const struct key *own = &session->own, *peer = &session->peer;
    snprintf(line, size,
             "%zu bytes ^d mod the own n (%zu bits) make %zu; %zu of these ^e mod the peer's n "
             "(%zu bits) make %zu",
             own->small, mpz_sizeinbase(own->number[N], 2), own->large, peer->small,
             mpz_sizeinbase(peer->number[N], 2), peer->large);
}

PB_EXPORT_CIPHER = {
    .abi = PB_ABI,
    .size = sizeof(struct pb_cipher),
    .name = "rsa",
    .title = "Textbook RSA",
    .summary = "Through the own private key, then through the peer's public key; no padding",
    .format = 1,
    .claims = PB_TOY,
    .session_size = sizeof(struct session),
    .keygen = keygen,
    .start = start,
    .seal = seal,
    .open = open,
    .sealed_max = sealed_max,
    .stop = stop,
    .explain = explain,
};
