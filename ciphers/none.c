/* No encryption at all, in the same frames: what every other cipher is compared with.
 *
 *     public key, private key    none-3f2a9c01d4e5b677, both the same: there is nothing to keep
 * secret
 */
#include <plugboard/cipher.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define PREFIX "none-"
#define DIGITS 16

static int keygen(const struct pb_host *host, const char *const *options, char *public_key,
                  char *private_key)
{
    if (*options)
        return host->fail(host, PB_REFUSED, "there is no option %.40s: none has no options",
                          *options);
    uint8_t label[DIGITS / 2];
    host->random(host, label, sizeof label);
    strcpy(public_key, PREFIX);
    for (size_t i = 0; i < sizeof label; i++)
        sprintf(public_key + strlen(PREFIX) + 2 * i, "%02x", label[i]);
    strcpy(private_key, public_key);
    return PB_OK;
}

static int check(const struct pb_host *host, const char *whose, const char *key)
{
    char right[sizeof PREFIX + DIGITS] = "";
    size_t length = strlen(key);
    for (size_t i = 0; i < length && i < sizeof right - 1; i++)
        right[i] = (char)tolower((unsigned char)key[i]);
    if (length != sizeof right - 1 || strncmp(right, PREFIX, strlen(PREFIX)) != 0 ||
        strspn(right + strlen(PREFIX), "0123456789abcdef") != DIGITS)
        return host->fail(host, PB_REFUSED, "the %s key must be \"%s\" and %d hex digits", whose,
                          PREFIX, DIGITS);
    if (strcmp(key, right) != 0)
        return host->fail(host, PB_REFUSED, "the %s key must be spelled \"%s\"", whose, right);
    return PB_OK;
}

static int start(void *memory, const struct pb_host *host, const struct pb_setup *setup)
{
    (void)memory;
    int result = check(host, "own public", setup->own_public);
    if (result == PB_OK)
        result = check(host, "peer's public", setup->peer_public);
    if (result == PB_OK && strcmp(setup->own_private, setup->own_public) != 0)
        result = host->fail(host, PB_REFUSED,
                            "the own private key does not fit the own public key: "
                            "under none both are the same");
    return result;
}

static int copy(void *restrict memory, uint64_t sequence, uint8_t *restrict out,
                size_t *restrict out_size, const uint8_t *restrict in, size_t in_size)
{
    (void)memory, (void)sequence;
    memcpy(out, in, in_size);
    *out_size = in_size;
    return PB_OK;
}

PB_EXPORT_CIPHER = {
    .abi = PB_ABI,
    .size = sizeof(struct pb_cipher),
    .name = "none",
    .title = "No encryption",
    .summary = "The plain text in the same frames: the baseline of every comparison",
    .format = 1,
    .claims = PB_TOY,
    .session_size = 1,
    .overhead = 0,
    .keygen = keygen,
    .start = start,
    .seal = copy,
    .open = copy,
};
