/* Repeating-key XOR: each byte of the message with the next byte of a short shared key, which
 * begins anew with every message. Doing it twice gives the message back, so that seal and open are
 * one. Who knows (or guesses) a few bytes of plain text has the key: plain XOR sealed is the key.
 */
#include <plugboard/toydh.h>

static int keygen(const struct pb_host *host, const char *const *options, char *public_key,
                  char *private_key)
{
    return pb_toydh_keygen(host, NULL, options, public_key, private_key);
}

static int start(void *memory, const struct pb_host *host, const struct pb_setup *setup)
{
    return pb_toydh_start(memory, host, setup, NULL);
}

static int xor
    (void *restrict memory, uint64_t sequence, uint8_t *restrict out, size_t *restrict out_size,
     const uint8_t *restrict in, size_t in_size) {
        const struct pb_toydh *dh = memory;
        (void)
            sequence; /* the key is the same at every position: see what that costs with --trace */
        for (size_t at = 0; at < in_size; at += dh->period) {
            size_t count = in_size - at < dh->period ? in_size - at : dh->period;
            for (size_t i = 0; i < count; i++)
                out[at + i] = in[at + i] ^ dh->key[i];
        }
        *out_size = in_size;
        return PB_OK;
    }

    PB_EXPORT_CIPHER = {
    .abi = PB_ABI,
    .size = sizeof(struct pb_cipher),
    .name = "xor",
    .title = "Repeating-key XOR",
    .summary = "Each byte XOR the next byte of a short key, agreed on by toy Diffie-Hellman",
    .format = 1,
    .claims = PB_TOY,
    .session_size = sizeof(struct pb_toydh),
    .keygen = keygen,
    .start = start,
    .seal = xor,
    .open = xor,
    .explain = pb_toydh_explain,
};
