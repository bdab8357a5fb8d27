/* The checks of single columns. */
#include "field.h"

#include "keypair.h"
#include "plugin.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *pb_field_cipher(const char *text, size_t size)
{
    return strlen(text) == size && pb_plugin_name_valid(text)
               ? NULL
               : "is not the name of a cipher (1 to 31 of a-z, 0-9, - and _)";
}

const char *pb_field_key(const char *text, size_t size)
{
    if (size == 0)
        return "is empty: a key is missing";
    if (size > PB_KEY_MAX)
        return "is longer than a key can be (16383 bytes)";
    return pb_keypair_printable(text, size)
               ? NULL
               : "is not a key: it has bytes that are not printable ASCII";
}

/* Printable UTF-8: then pb_status_printable has nothing to replace, and anything that it replaces
 * gets longer. */
static int printable(const char *text, size_t size)
{
    char safe[4 * (PB_FIELD_ADDRESS_MAX + 1)];
    return pb_status_printable(safe, sizeof safe, text, size) == size &&
           memcmp(safe, text, size) == 0;
}

const char *pb_field_claimed(const char *text, size_t size)
{
    if (size > PB_FIELD_NAME_MAX + (size_t)(text[0] == '?'))
        return "is longer than a name can be (64 bytes)";
    return printable(text, size) ? NULL
                                 : "is not a name: it has control characters or is not UTF-8";
}

const char *pb_field_name(const char *text, size_t size)
{
    if (size == 0)
        return "is empty: a name is missing";
    if (text[0] == '?')
        return "begins with '?', which marks those who are not on the list";
    return pb_field_claimed(text, size);
}

const char *pb_field_address(const char *text, size_t size)
{
    if (size == 0 || size > PB_FIELD_ADDRESS_MAX || !printable(text, size) ||
        memchr(text, ' ', size))
        return "is not a host name or address";
    return NULL;
}

/* Digits alone, without leading zeros, at most `most`. */
static int is_number(const char *text, size_t size, uint64_t most)
{
    uint64_t value = 0;
    if (size == 0 || size > 10 || (text[0] == '0' && size > 1))
        return 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9')
            return 0;
        value = 10 * value + (uint64_t)(text[i] - '0');
    }
    return value <= most;
}

const char *pb_field_port(const char *text, size_t size)
{
    return is_number(text, size, 65535) && text[0] != '0' ? NULL
                                                          : "is not a number from 1 to 65535";
}

const char *pb_field_number(const char *text, size_t size)
{
    return is_number(text, size, UINT32_MAX) ? NULL : "is not a number from 0 to 4294967295";
}

const char *pb_field_time(const char *text, size_t size)
{
    static const char form[] = "0000-00-00T00:00:00Z", limits[] = "9999-19-39T29:59:69Z";
    int good = size == sizeof form - 1;
    for (size_t i = 0; good && i < size; i++)
        good = form[i] == '0' ? text[i] >= '0' && text[i] <= limits[i] : text[i] == form[i];
    return good ? NULL : "is not a time like 2025-11-30T12:00:00Z";
}

void pb_field_write_time(char *text, time_t when)
{
    struct tm parts;
    if (!gmtime_r(&when, &parts) || parts.tm_year < -1900 || parts.tm_year > 9999 - 1900)
        memset(&parts, 0, sizeof parts), parts.tm_mday = 1, parts.tm_year = 70;
    strftime(text, PB_FIELD_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

unsigned pb_field_read_number(const char *text)
{
    return (unsigned)strtoul(text, NULL, 10);
}
