/* Toy Diffie-Hellman for shared-key toys: makes "own private key and peer's public key" one short
 * key that both sides know. Header-only: a cipher that includes it still links against nothing.
 *
 *     public key    bits=32 y=3141592653      y = 2^x mod p
 *     private key   bits=32 x=271828182       x from 1 to q-1, where p = 2q+1
 *     shared key    Y^x mod p                 the same number on both sides, bits/8 bytes
 *
 * A toy: with 32 bits a laptop finds x from y within a second, and nothing here hides timing.
 *
 * To use it (ciphers/xor.c does): begin the session memory with a struct pb_toydh, call
 * pb_toydh_keygen and pb_toydh_start from the verbs of these names, and use key[0 .. period-1]. */
#ifndef PLUGBOARD_TOYDH_H
#define PLUGBOARD_TOYDH_H

#include <plugboard/cipher.h>

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define PB_TOYDH_BITS        32  /* without -o bits=: see ciphers/README.md for why */
#define PB_TOYDH_KEY_MAX     448 /* least common multiple of 64 and 7, the longest that occurs */
#define PB_TOYDH_GENERATOR   2   /* in every group */
#define PB_TOYDH_OPTIONS_MAX 80

struct pb_toydh_group {
    unsigned bits;
    uint64_t p;
};

/* For each size the largest prime p below 2^bits for which q = (p-1)/2 is prime as well and p mod 8
 * is 7. Then 2 is a square modulo p, so it generates the subgroup of prime order q: nothing smaller
 * is left to fall into. p and q were found prime by trial division up to their square roots; the
 * tests repeat this by Miller and Rabin's test with the first 12 primes as bases, which is a proof
 * below 2^64. */
static const struct pb_toydh_group pb_toydh_groups[] = {
    {16, UINT64_C(65063)},
    {24, UINT64_C(16774679)},
    {32, UINT64_C(4294967087)},
    {40, UINT64_C(1099511615303)},
    {48, UINT64_C(281474976705359)},
    {56, UINT64_C(72057594037925687)},
    {64, UINT64_C(18446744073709543127)},
};
#define PB_TOYDH_GROUPS (sizeof pb_toydh_groups / sizeof pb_toydh_groups[0])
#define PB_TOYDH_SIZES  "16, 24, 32, 40, 48, 56 or 64"

/* One further option of a cipher, such as alphabet=bytes or letters. It becomes part of both key
 * texts, and both peers must have chosen the same. */
struct pb_toydh_choice {
    const char *name;
    const char *const *values; /* ended by NULL; the first is the default */
};

/* What a cipher keeps of the agreement, at the start of its session memory. */
struct pb_toydh {
    uint8_t key[PB_TOYDH_KEY_MAX]; /* the shared key, repeated to `period` bytes */
    size_t period;                 /* a multiple of 64 and of `size`: loops of it become vectors */
    size_t size;                   /* of the shared key: bits/8 bytes */
    unsigned choice;               /* index into choice->values; 0 without a choice */
    uint64_t p;
};

/* ---- arithmetic modulo m: three functions of one shape, good for every m of 64 bits ---- */

static inline uint64_t pb_toydh_add(uint64_t a, uint64_t b, uint64_t m)
{
    return a >= m - b ? a - (m - b) : a + b; /* a + b itself might not fit into 64 bits */
}

static inline uint64_t pb_toydh_multiply(uint64_t a, uint64_t b, uint64_t m)
{
    uint64_t product = 0;
    for (; b; b >>= 1) {
        if (b & 1)
            product = pb_toydh_add(product, a, m);
        a = pb_toydh_add(a, a, m);
    }
    return product;
}

static inline uint64_t pb_toydh_power(uint64_t a, uint64_t b, uint64_t m)
{
    uint64_t power = 1;
    for (; b; b >>= 1) {
        if (b & 1)
            power = pb_toydh_multiply(power, a, m);
        a = pb_toydh_multiply(a, a, m);
    }
    return power;
}

/* ---- key texts ---- */

/* A key text taken apart; of a public key (number is y) or a private one (number is x). */
struct pb_toydh_text {
    const struct pb_toydh_group *group;
    unsigned choice;
    bool has_choice, has_number;
    uint64_t number; /* UINT64_MAX also for all that is larger */
};

/* Writes the options of a key, "bits=32 alphabet=letters", as they stand in its text. */
static inline void pb_toydh_write_options(const struct pb_toydh_choice *choice, unsigned bits,
                                          unsigned chosen, char line[PB_TOYDH_OPTIONS_MAX])
{
    if (choice)
        snprintf(line, PB_TOYDH_OPTIONS_MAX, "bits=%u %s=%s", bits, choice->name,
                 choice->values[chosen]);
    else
        snprintf(line, PB_TOYDH_OPTIONS_MAX, "bits=%u", bits);
}

/* Takes one "name=value", an option or a part of a key text. False: it is none that we know. */
static inline bool pb_toydh_take_option(const struct pb_toydh_choice *choice, const char *word,
                                        size_t length, struct pb_toydh_text *text)
{
    char known[PB_TOYDH_OPTIONS_MAX];
    for (size_t i = 0; i < PB_TOYDH_GROUPS; i++) {
        snprintf(known, sizeof known, "bits=%u", pb_toydh_groups[i].bits);
        if (strlen(known) == length && memcmp(word, known, length) == 0) {
            text->group = &pb_toydh_groups[i];
            return true;
        }
    }
    for (unsigned i = 0; choice && choice->values[i]; i++) {
        snprintf(known, sizeof known, "%s=%s", choice->name, choice->values[i]);
        if (strlen(known) == length && memcmp(word, known, length) == 0) {
            text->choice = i;
            text->has_choice = true;
            return true;
        }
    }
    return false;
}

/* Takes "y=123" or "x=123", also with leading zeros. */
static inline bool pb_toydh_take_number(char letter, const char *word, size_t length,
                                        struct pb_toydh_text *text)
{
    if (length < 3 || word[0] != letter || word[1] != '=')
        return false;
    text->number = 0;
    for (size_t i = 2; i < length; i++) {
        if (word[i] < '0' || word[i] > '9')
            return false;
        unsigned digit = (unsigned)(word[i] - '0');
        text->number =
            text->number > (UINT64_MAX - digit) / 10 ? UINT64_MAX : text->number * 10 + digit;
    }
    text->has_number = true;
    return true;
}

/* Takes a key text apart, in any order and spacing. False: it is no such key. */
static inline bool pb_toydh_take_apart(const struct pb_toydh_choice *choice, const char *key,
                                       char letter, struct pb_toydh_text *text)
{
    memset(text, 0, sizeof *text);
    for (const char *word = key; *word;) {
        size_t length = strcspn(word, " ");
        if (length && !pb_toydh_take_option(choice, word, length, text) &&
            !pb_toydh_take_number(letter, word, length, text))
            return false;
        word += length;
        word += strspn(word, " ");
    }
    return text->group && text->has_number && (text->has_choice || !choice);
}

/* Reads a key and refuses every one that keygen could not have written. whose: "own public" ... A
 * private number is never put into the sentence: that may travel to the peer. */
static inline int pb_toydh_read(const struct pb_host *host, const struct pb_toydh_choice *choice,
                                const char *whose, const char *key, char letter,
                                struct pb_toydh_text *text)
{
    char options[PB_TOYDH_OPTIONS_MAX], right[PB_TOYDH_OPTIONS_MAX + 24];
    if (!pb_toydh_take_apart(choice, key, letter, text)) {
        pb_toydh_write_options(choice, PB_TOYDH_BITS, 0, options);
        return host->fail(host, PB_REFUSED, "the %s key must look like \"%s %c=NUMBER\" (bits %s)",
                          whose, options, letter, PB_TOYDH_SIZES);
    }
    uint64_t p = text->group->p, q = (p - 1) / 2;
    if (letter == 'x' && (text->number < 1 || text->number > q - 1))
        return host->fail(host, PB_REFUSED, "the %s key's x must be from 1 to q-1 = %" PRIu64,
                          whose, q - 1);
    if (letter == 'y' && (text->number < 2 || text->number > p - 2))
        return host->fail(host, PB_REFUSED,
                          "the %s key's y must be from 2 to p-2 = %" PRIu64
                          " (from 0, 1 and p-1 anybody can guess the shared key)",
                          whose, p - 2);
    pb_toydh_write_options(choice, text->group->bits, text->choice, options);
    snprintf(right, sizeof right, "%s %c=%" PRIu64, options, letter, text->number);
    if (strcmp(key, right) != 0 && letter == 'y')
        return host->fail(host, PB_REFUSED, "the %s key must be spelled \"%s\"", whose, right);
    if (strcmp(key, right) != 0)
        return host->fail(
            host, PB_REFUSED,
            "the %s key must be spelled \"%s %c=NUMBER\": no leading zeros, one blank "
            "between",
            whose, options, letter);
    if (letter == 'y' && pb_toydh_power(text->number, q, p) != 1)
        return host->fail(host, PB_REFUSED,
                          "the %s key's y is not a power of %d modulo p = %" PRIu64
                          ", so no x belongs to it",
                          whose, PB_TOYDH_GENERATOR, p);
    return PB_OK;
}

/* ---- for the verbs ---- */

/* The verb keygen. choice: NULL if the cipher has no option but bits. */
static inline int pb_toydh_keygen(const struct pb_host *host, const struct pb_toydh_choice *choice,
                                  const char *const *options, char *public_key, char *private_key)
{
    struct pb_toydh_text text;
    memset(&text, 0, sizeof text);
    text.group = &pb_toydh_groups[(PB_TOYDH_BITS - 16) / 8];
    for (; *options; options++) {
        if (pb_toydh_take_option(choice, *options, strlen(*options), &text))
            continue;
        char others[PB_TOYDH_OPTIONS_MAX] = "";
        if (choice)
            snprintf(others, sizeof others, "; %s=%s", choice->name, choice->values[0]);
        for (size_t i = 1, at; choice && choice->values[i]; i++) {
            at = strlen(others);
            snprintf(others + at, sizeof others - at, " or %s", choice->values[i]);
        }
        return host->fail(host, PB_REFUSED, "there is no option %.40s: choose bits=%s%s", *options,
                          PB_TOYDH_SIZES, others);
    }

    uint64_t p = text.group->p, q = (p - 1) / 2, x;
    do { /* draw until it fits: a remainder would prefer some */
        uint8_t random[8];
        host->random(host, random, sizeof random);
        x = 0;
        for (size_t i = 0; i < sizeof random; i++)
            x = x << 8 | random[i];
        x >>= 65 - text.group->bits;
    } while (x < 1 || x > q - 1);

    char line[PB_TOYDH_OPTIONS_MAX];
    pb_toydh_write_options(choice, text.group->bits, text.choice, line);
    snprintf(public_key, PB_KEY_MAX + 1, "%s y=%" PRIu64, line,
             pb_toydh_power(PB_TOYDH_GENERATOR, x, p));
    snprintf(private_key, PB_KEY_MAX + 1, "%s x=%" PRIu64, line, x);
    return PB_OK;
}

/* Fills dh->key with the shared number, big-endian, repeated up to a multiple of 64 bytes. */
static inline void pb_toydh_repeat(struct pb_toydh *dh, uint64_t shared, size_t size)
{
    dh->size = size;
    dh->period = 64;
    while (dh->period % size)
        dh->period += 64;
    for (size_t i = 0; i < dh->period; i++)
        dh->key[i] = (uint8_t)(shared >> 8 * (size - 1 - i % size));
}

/* The verb start. */
static inline int pb_toydh_start(struct pb_toydh *dh, const struct pb_host *host,
                                 const struct pb_setup *setup, const struct pb_toydh_choice *choice)
{
    if (setup->parent) { /* a further stream of a session: agreed on already */
        memcpy(dh, setup->parent, sizeof *dh);
        return PB_OK;
    }
    struct pb_toydh_text own, secret, peer;
    int result = pb_toydh_read(host, choice, "own public", setup->own_public, 'y', &own);
    if (result == PB_OK)
        result = pb_toydh_read(host, choice, "own private", setup->own_private, 'x', &secret);
    if (result == PB_OK)
        result = pb_toydh_read(host, choice, "peer's public", setup->peer_public, 'y', &peer);
    if (result != PB_OK)
        return result;

    uint64_t p = own.group->p;
    if (secret.group != own.group || secret.choice != own.choice ||
        pb_toydh_power(PB_TOYDH_GENERATOR, secret.number, p) != own.number)
        return host->fail(host, PB_REFUSED, "the own private key does not fit the own public key");
    if (peer.group != own.group || peer.choice != own.choice) {
        char ours[PB_TOYDH_OPTIONS_MAX], theirs[PB_TOYDH_OPTIONS_MAX];
        pb_toydh_write_options(choice, own.group->bits, own.choice, ours);
        pb_toydh_write_options(choice, peer.group->bits, peer.choice, theirs);
        return host->fail(host, PB_REFUSED,
                          "one side's key has %s, the other's %s: both must have the same", ours,
                          theirs);
    }
    dh->p = p;
    dh->choice = own.choice;
    pb_toydh_repeat(dh, pb_toydh_power(peer.number, secret.number, p), own.group->bits / 8);
    return PB_OK;
}

/* The verb explain itself, for session memory that begins with a struct pb_toydh. */
static inline void pb_toydh_explain(const void *memory, char *line, size_t size)
{
    const struct pb_toydh *dh = (const struct pb_toydh *)memory;
    char hex[8 * 3 + 1] = "";
    for (size_t i = 0; i < dh->size; i++)
        snprintf(hex + 3 * i, 4, " %02x", dh->key[i]);
    snprintf(line, size, "modulo p = %" PRIu64 " both sides computed the shared key%s", dh->p, hex);
}

#endif
