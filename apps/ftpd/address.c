/* Addresses as FTP writes them: read strictly, since a lenient reader once connected strangers to
 * strangers. */
#include "address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* A decimal number up to `most`, without a sign or leading zeros. Returns what is behind it; NULL:
 * there is none. */
static const char *read_number(const char *text, unsigned most, unsigned *number)
{
    const char *digit = text;
    for (*number = 0; *digit >= '0' && *digit <= '9'; digit++) {
        *number = *number * 10 + (unsigned)(*digit - '0');
        if (*number > most || (digit > text && *text == '0'))
            return NULL;
    }
    return digit > text ? digit : NULL;
}

enum ftp_address ftp_address_read_port(struct ftp_endpoint *to, const char *text)
{
    unsigned part[6];
    for (size_t i = 0; i < 6; i++) {
        text = read_number(text, 255, &part[i]);
        if (!text || *text != (i < 5 ? ',' : 0))
            return FTP_ADDRESS_BAD;
        text++;
    }
    snprintf(to->host, sizeof to->host, "%u.%u.%u.%u", part[0], part[1], part[2], part[3]);
    to->port = (uint16_t)(part[4] << 8 | part[5]);
    return to->port ? FTP_ADDRESS_GOOD : FTP_ADDRESS_BAD;
}

/* To the spelling that the kernel's addresses have. */
static bool rewrite(struct ftp_endpoint *to, unsigned family, const char *host)
{
    uint8_t binary[sizeof(struct in6_addr)];
    int kind = family == 1 ? AF_INET : AF_INET6;
    if (inet_pton(kind, host, binary) != 1)
        return false;
    if (family == 2 && IN6_IS_ADDR_V4MAPPED((struct in6_addr *)binary))
        return inet_ntop(AF_INET, binary + 12, to->host, sizeof to->host) != NULL;
    return inet_ntop(kind, binary, to->host, sizeof to->host) != NULL;
}

enum ftp_address ftp_address_read_extended(struct ftp_endpoint *to, const char *text)
{
    char host[INET6_ADDRSTRLEN] = "";
    unsigned family, port;
    char separator = *text;
    if (separator < 33 || separator > 126)
        return FTP_ADDRESS_BAD;
    text = read_number(text + 1, 65535, &family);
    if (!text || *text != separator)
        return FTP_ADDRESS_BAD;
    const char *end = strchr(text + 1, separator);
    if (!end || (size_t)(end - text - 1) >= sizeof host)
        return FTP_ADDRESS_BAD;
    memcpy(host, text + 1, (size_t)(end - text - 1));
    text = read_number(end + 1, 65535, &port);
    if (!text || text[0] != separator || text[1] || port == 0)
        return FTP_ADDRESS_BAD;
    if (family != 1 && family != 2)
        return FTP_ADDRESS_OTHER_NETWORK;
    to->port = (uint16_t)port;
    return rewrite(to, family, host) ? FTP_ADDRESS_GOOD : FTP_ADDRESS_BAD;
}

bool ftp_address_write(char *text, const struct ftp_endpoint *at)
{
    uint8_t part[4];
    if (inet_pton(AF_INET, at->host, part) != 1)
        return false;
    snprintf(text, FTP_ADDRESS_TEXT_MAX, "%u,%u,%u,%u,%u,%u", part[0], part[1], part[2], part[3],
             at->port >> 8, at->port & 255u);
    return true;
}
