/* Caesar's cipher: the smallest plugin, to be copied and changed. Read it from the bottom up.
 * plugboard/cipher.h says exactly what each verb must do. */
#include <plugboard/toydh.h> /* toy key agreement, and <plugboard/cipher.h>, all that you need */

/* What one stream keeps. The program allocates it, zeroed, and wipes it: no malloc, no globals. */
struct session {
    struct pb_toydh dh; /* what toydh.h keeps; it must come first */
    uint8_t shift;      /* our key */
};

/* Makes a key pair: two lines of printable text. All randomness comes from host->random. */
static int keygen(const struct pb_host *host, const char *const *options, char *public_key,
                  char *private_key)
{
    return pb_toydh_keygen(host, NULL, options, public_key, private_key);
}

/* Prepares a stream: from our private key and the peer's public key both sides get the same key.
 * A key that is not good: return host->fail(host, PB_REFUSED, "a sentence that says why"). */
static int start(void *memory, const struct pb_host *host, const struct pb_setup *setup)
{
    struct session *session = memory;
    int result = pb_toydh_start(&session->dh, host, setup, NULL);
    session->shift = session->dh.key[0];
    return result;
}

/* Plain text to sealed bytes. `sequence` is 0, 1, 2 ... on both sides: Caesar does not use it, and
 * so the same message looks the same every time. */
static int seal(void *restrict memory, uint64_t sequence, uint8_t *restrict out,
                size_t *restrict out_size, const uint8_t *restrict in, size_t in_size)
{
    const struct session *session = memory;
    (void)sequence;
    for (size_t i = 0; i < in_size; i++)
        out[i] = (uint8_t)(in[i] + session->shift);
    *out_size = in_size;
    return PB_OK;
}

/* Sealed bytes back to plain text. They come from a stranger: one that is bad is PB_REFUSED. */
static int open(void *restrict memory, uint64_t sequence, uint8_t *restrict out,
                size_t *restrict out_size, const uint8_t *restrict in, size_t in_size)
{
    const struct session *session = memory;
    (void)sequence;
    for (size_t i = 0; i < in_size; i++)
        out[i] = (uint8_t)(in[i] - session->shift);
    *out_size = in_size;
    return PB_OK;
}

/* The one thing that a plugin shows to the program. */
PB_EXPORT_CIPHER = {
    .abi = PB_ABI,
    .size = sizeof(struct pb_cipher),
    .name = "template", /* the file's name: template.c makes template.so */
    .title = "Caesar's cipher",
    .summary = "Every byte shifted by the same number, agreed on by toy Diffie-Hellman",
    .format = 1, /* count up when keys or sealed bytes change, so that old and new part in words */
    .claims = PB_TOY, /* PB_CONFIDENTIAL, PB_INTEGRITY ...: only what holds */
    .session_size = sizeof(struct session),
    .overhead = 0, /* sealed bytes are as many as plain bytes */
    .keygen = keygen,
    .start = start,
    .seal = seal,
    .open = open,
    .explain = pb_toydh_explain, /* one line for who learns, shown by `plugboard try` */
};
