/* The Vigenere cipher: each character is shifted by the next one of a short shared key.
 *
 *     -o alphabet=bytes     every byte, modulo 256 (the default)
 *     -o alphabet=letters   the classical one: A-Z and a-z are shifted modulo 26 and keep their case,
 *                           everything else passes and uses up no letter of the key */
#include <plugboard/toydh.h>

enum { BYTES, LETTERS };
static const char *const alphabets[] = {[BYTES] = "bytes", [LETTERS] = "letters", NULL};
static const struct pb_toydh_choice choice = {"alphabet", alphabets};

struct session {
    struct pb_toydh dh;             /* its key says how far seal shifts */
    uint8_t back[PB_TOYDH_KEY_MAX]; /* how far open shifts, in the same direction, to be home again */
};

static int keygen(const struct pb_host *host, const char *const *options, char *public_key, char *private_key)
{
    return pb_toydh_keygen(host, &choice, options, public_key, private_key);
}

static int start(void *memory, const struct pb_host *host, const struct pb_setup *setup)
{
    struct session *session = memory;
    int result = pb_toydh_start(&session->dh, host, setup, &choice);
    int size = session->dh.choice == LETTERS ? 26 : 256;
    for (size_t i = 0; i < session->dh.period; i++)
        session->back[i] = (uint8_t)(size - session->dh.key[i] % size);
    return result;
}

static void shift(const struct session *session, const uint8_t *restrict key, uint8_t *restrict out,
                  const uint8_t *restrict in, size_t size)
{
    const size_t period = session->dh.period;
    if (session->dh.choice == LETTERS)
        for (size_t i = 0, letters = 0; i < size; i++) {
            int a = in[i] >= 'a' && in[i] <= 'z' ? 'a' : in[i] >= 'A' && in[i] <= 'Z' ? 'A' : 0;
            out[i] = a ? (uint8_t)(a + (in[i] - a + key[letters++ % period]) % 26) : in[i];
        }
    else
        for (size_t at = 0; at < size; at += period) /* whole periods: the inner loop becomes vectors */
            for (size_t i = 0, count = size - at < period ? size - at : period; i < count; i++)
                out[at + i] = (uint8_t)(in[at + i] + key[i]);
}

static int seal(void *restrict memory, uint64_t sequence, uint8_t *restrict out, size_t *restrict out_size,
                const uint8_t *restrict in, size_t in_size)
{
    (void)sequence;
    shift(memory, ((struct session *)memory)->dh.key, out, in, *out_size = in_size);
    return PB_OK;
}

static int open(void *restrict memory, uint64_t sequence, uint8_t *restrict out, size_t *restrict out_size,
                const uint8_t *restrict in, size_t in_size)
{
    (void)sequence;
    shift(memory, ((struct session *)memory)->back, out, in, *out_size = in_size);
    return PB_OK;
}

PB_EXPORT_CIPHER = {
    .abi = PB_ABI, .size = sizeof(struct pb_cipher),
    .name = "vigenere",
    .title = "Vigenere",
    .summary = "Each byte (or letter) shifted by the next one of a short key from toy Diffie-Hellman",
    .format = 1, .claims = PB_TOY,
    .session_size = sizeof(struct session),
    .keygen = keygen, .start = start,
    .seal = seal, .open = open,
    .explain = pb_toydh_explain,
};
