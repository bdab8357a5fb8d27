/* The Vigenere cipher: each character is shifted by the next one of a short shared key.
 *
 *     -o alphabet=bytes     every byte, modulo 256 (the default)
 *     -o alphabet=letters   the classical one: A-Z and a-z are shifted modulo 26 and keep their
 *                           case; all else passes and uses up no letter of the key */
#include <plugboard/toydh.h>

enum { BYTES, LETTERS };
static const char *const alphabets[] = {[BYTES] = "bytes", [LETTERS] = "letters", NULL};
static const struct pb_toydh_choice choice = {"alphabet", alphabets};

static int keygen(const struct pb_host *host, const char *const *options, char *public_key,
                  char *private_key)
{
    return pb_toydh_keygen(host, &choice, options, public_key, private_key);
}

static int start(void *memory, const struct pb_host *host, const struct pb_setup *setup)
{
    return pb_toydh_start(memory, host, setup, &choice);
}

/* sign: 1 shifts forth, -1 back; a constant in both calls. */
static inline void shift(const struct pb_toydh *restrict dh, int sign, uint8_t *restrict out,
                         const uint8_t *restrict in, size_t size)
{
    if (dh->choice == LETTERS)
        for (size_t i = 0, letters = 0; i < size; i++) {
            int a = in[i] >= 'a' && in[i] <= 'z' ? 'a' : in[i] >= 'A' && in[i] <= 'Z' ? 'A' : 0;
            int by = a ? sign * (dh->key[letters++ % dh->period] % 26) : 0;
            out[i] = (uint8_t)(a ? a + (in[i] - a + 26 + by) % 26 : in[i]);
        }
    else
        for (size_t at = 0; at < size; at += dh->period)
            for (size_t i = 0, n = size - at < dh->period ? size - at : dh->period; i < n; i++)
                out[at + i] = (uint8_t)(in[at + i] + sign * dh->key[i]);
}

static int seal(void *restrict memory, uint64_t sequence, uint8_t *restrict out,
                size_t *restrict out_size, const uint8_t *restrict in, size_t in_size)
{
    (void)sequence;
    shift(memory, 1, out, in, *out_size = in_size);
    return PB_OK;
}

static int open(void *restrict memory, uint64_t sequence, uint8_t *restrict out,
                size_t *restrict out_size, const uint8_t *restrict in, size_t in_size)
{
    (void)sequence;
    shift(memory, -1, out, in, *out_size = in_size);
    return PB_OK;
}

PB_EXPORT_CIPHER = {
    .abi = PB_ABI,
    .size = sizeof(struct pb_cipher),
    .name = "vigenere",
    .title = "Vigenere",
    .summary =
        "Each byte (or letter) shifted by the next one of a short key from toy Diffie-Hellman",
    .format = 1,
    .claims = PB_TOY,
    .session_size = sizeof(struct pb_toydh),
    .keygen = keygen,
    .start = start,
    .seal = seal,
    .open = open,
    .explain = pb_toydh_explain,
};
