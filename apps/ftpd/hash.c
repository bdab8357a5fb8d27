/* SHA-256 comes from libsodium, as the cipher box does. */
#include "hash.h"

#include <errno.h>
#include <unistd.h>

#ifndef PB_HAVE_SODIUM

bool ftp_hash_available(void)
{
    return false;
}

enum ftp_error ftp_hash_range(int fd, uint64_t from, uint64_t to, char text[FTP_HASH_TEXT_MAX],
                              bool (*carry_on)(void *), void *context)
{
    (void)fd, (void)from, (void)to, (void)text, (void)carry_on, (void)context;
    return FTP_FAILED;
}

#else

#include <sodium.h>

#define PIECE     (64u << 10)
#define ASK_EVERY (1u << 20)

bool ftp_hash_available(void)
{
    return true;
}

enum ftp_error ftp_hash_range(int fd, uint64_t from, uint64_t to, char text[FTP_HASH_TEXT_MAX],
                              bool (*carry_on)(void *), void *context)
{
    unsigned char piece[PIECE], hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state state;
    if (from > to)
        return FTP_BAD_OFFSET;
    crypto_hash_sha256_init(&state);
    for (uint64_t at = from; at < to;) {
        size_t wanted = to - at < sizeof piece ? (size_t)(to - at) : sizeof piece;
        ssize_t got = pread(fd, piece, wanted, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? ftp_error_of(errno) : FTP_BAD_OFFSET;
        crypto_hash_sha256_update(&state, piece, (unsigned long long)got);
        if (at / ASK_EVERY != (at + (uint64_t)got) / ASK_EVERY && carry_on && !carry_on(context))
            return FTP_STOPPED;
        at += (uint64_t)got;
    }
    crypto_hash_sha256_final(&state, hash);
    sodium_bin2hex(text, FTP_HASH_TEXT_MAX, hash, sizeof hash);
    return FTP_OK;
}

#endif
