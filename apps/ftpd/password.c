/* Passwords by crypt(3): libxcrypt's yescrypt, which costs who guesses memory as well as time. */
#include "users.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#ifdef PB_HAVE_CRYPT

#include <crypt.h>

/* Of a password that nobody has, so that an unknown user takes as long as a known one. Same method
 * and cost as ours. */
#define NOBODY "$y$j9T$kQhh4FtLpDqx2QCZpT3F/.$"

bool ftp_password_available(void)
{
    return true;
}

int ftp_password_hash(const char *password, char *hash, struct pb_error *error)
{
    static struct crypt_data data; /* 32 KiB */
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    if (!crypt_gensalt_rn("$y$", 0, NULL, 0, setting, sizeof setting))
        return pb_status_fail(error, PB_SYSTEM, "libcrypt makes no salt: %s", strerror(errno));
    const char *made = crypt_r(password, setting, &data);
    if (!made || made[0] == '*')
        return pb_status_fail(error, PB_SYSTEM, "libcrypt makes no hash: %s", strerror(errno));
    snprintf(hash, FTP_HASH_MAX, "%s", made);
    explicit_bzero(&data, sizeof data);
    return PB_OK;
}

bool ftp_password_check(const char *password, const char *hash)
{
    static struct crypt_data data;
    const char *setting = hash && hash[0] == '$' ? hash : NOBODY;
    const char *made = crypt_r(password, setting, &data);
    size_t length = strlen(setting);
    bool known = setting == hash && made && made[0] != '*' && strlen(made) == length;
    unsigned differs = 0;
    for (size_t i = 0; known && i < length; i++)
        differs |= (unsigned)(made[i] ^ hash[i]);
    explicit_bzero(&data, sizeof data);
    return known && differs == 0;
}

#else

bool ftp_password_available(void)
{
    return false;
}

int ftp_password_hash(const char *password, char *hash, struct pb_error *error)
{
    (void)password;
    (void)hash;
    return pb_status_fail(error, PB_USAGE,
                          "this program was built without libcrypt: there are no passwords");
}

bool ftp_password_check(const char *password, const char *hash)
{
    (void)password;
    (void)hash;
    return false;
}

#endif
