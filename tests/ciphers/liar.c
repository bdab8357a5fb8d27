/* The contract is tried itself: this is box, wrong in one place; LIE says in which. Each lie must
 * fail the test that CMakeLists.txt names beside it. NOTHING is the honest box and must pass. */
#include <plugboard/cipher.h>

#undef PB_EXPORT_CIPHER
#define PB_EXPORT_CIPHER static const struct pb_cipher honest
#include "../../ciphers/box.c"

enum lie {
    NOTHING,
    SEALS_TOO_LONG,
    LOSES_LENGTH_1000,
    LOSES_A_ZERO,
    IGNORES_SEQUENCE,
    IGNORES_DIRECTION,
    IGNORES_STREAM,
    IGNORES_SESSION,
    IGNORES_TAG,
    IGNORES_KEY_TEXT,
    CHANGES_INPUT,
    WRITES_BEHIND_MEMORY,
    WRITES_TO_PARENT,
    DRAWS_ITSELF,
    EXPLAINS_WITHOUT_END,
    SEALED_MAX_FALLS,
    HIDES_NOTHING,
    TAKES_ANY_PEER,
    CLAIMS_FORWARD_SECRECY,
};

static int lying_keygen(const struct pb_host *host, const char *const *options, char *public_key,
                        char *private_key)
{
    int result = honest.keygen(host, options, public_key, private_key);
    if (LIE == DRAWS_ITSELF && result == PB_OK) {
        uint8_t public[KEY_SIZE], private[KEY_SIZE];
        crypto_box_keypair(public, private);
        sodium_bin2hex(public_key, 2 * KEY_SIZE + 1, public, KEY_SIZE);
        sodium_bin2hex(private_key, 2 * KEY_SIZE + 1, private, KEY_SIZE);
    }
    return result;
}

static int lying_start(void *memory, const struct pb_host *host, const struct pb_setup *setup)
{
    static const uint8_t no_session[PB_SESSION_ID_SIZE];
    struct pb_setup changed = *setup;
    struct session *session = memory;
    if (LIE == IGNORES_STREAM)
        changed.stream = 0;
    if (LIE == IGNORES_SESSION)
        changed.session_id = no_session;
    if (LIE == WRITES_BEHIND_MEMORY)
        ((volatile uint8_t *)memory)[honest.session_size] = 1;
    if (LIE == WRITES_TO_PARENT && setup->parent)
        *(volatile uint8_t *)setup->parent = 1;
    int result = honest.start(memory, host, &changed);
    if (LIE == IGNORES_DIRECTION)
        make_prefix(setup, PB_CLIENT, session->seal_prefix),
            make_prefix(setup, PB_CLIENT, session->open_prefix);
    if (LIE == TAKES_ANY_PEER)
        memset(session->shared, 0, sizeof session->shared);
    return LIE == IGNORES_KEY_TEXT ? PB_OK : result;
}

static int lying_seal(void *restrict memory, uint64_t sequence, uint8_t *restrict out,
                      size_t *restrict out_size, const uint8_t *restrict in, size_t in_size)
{
    if (LIE == IGNORES_SEQUENCE)
        sequence = 0;
    int result = honest.seal(memory, sequence, out, out_size, in, in_size);
    if (LIE == SEALS_TOO_LONG)
        ((volatile uint8_t *)out)[(*out_size)++] = 0;
    if (LIE == HIDES_NOTHING) /* the tag is right, the text is plain */
        memcpy(out + crypto_box_MACBYTES, in, in_size);
    if (LIE == CHANGES_INPUT && in_size)
        *(volatile uint8_t *)(uintptr_t)in ^= 1;
    return result;
}

static int lying_open(void *restrict memory, uint64_t sequence, uint8_t *restrict out,
                      size_t *restrict out_size, const uint8_t *restrict in, size_t in_size)
{
    if (LIE == IGNORES_SEQUENCE)
        sequence = 0;
    int result = honest.open(memory, sequence, out, out_size, in, in_size);
    if (LIE == LOSES_LENGTH_1000 && *out_size == 1000)
        *out_size = 999;
    if (LIE == LOSES_A_ZERO && result == PB_OK && *out_size && out[0] == 0)
        memmove(out, out + 1, --*out_size);
    if (LIE == HIDES_NOTHING && in_size >= crypto_box_MACBYTES) {
        memcpy(out, in + crypto_box_MACBYTES, *out_size);
        return PB_OK;
    }
    return LIE == IGNORES_TAG && in_size >= crypto_box_MACBYTES ? PB_OK : result;
}

static size_t lying_sealed_max(const void *memory, size_t plain_size)
{
    (void)memory;
    return plain_size + crypto_box_MACBYTES + 2 * (LIE == SEALED_MAX_FALLS && plain_size == 100);
}

static void lying_explain(const void *memory, char *line, size_t size)
{
    if (LIE == EXPLAINS_WITHOUT_END)
        memset(line, 'x', size);
    else
        honest.explain(memory, line, size);
}

PB_VISIBLE const struct pb_cipher pb_cipher = {
    .abi = PB_ABI,
    .size = sizeof(struct pb_cipher),
    .name = "liar",
    .title = "Box, wrong in one place",
    .summary = "Made so that the contract is seen to bite",
    .format = 1,
    .claims = PB_CONFIDENTIAL | PB_RANDOMISED | PB_INTEGRITY | PB_IN_PLACE |
              PB_PEER_AUTHENTICATION | (LIE == CLAIMS_FORWARD_SECRECY ? PB_FORWARD_SECRECY : 0),
    .session_size = sizeof(struct session),
    .keygen = lying_keygen,
    .start = lying_start,
    .seal = lying_seal,
    .open = lying_open,
    .sealed_max = lying_sealed_max,
    .explain = lying_explain,
};
