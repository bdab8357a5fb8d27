/* The first thing that went wrong, in words. */
#include "status.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct {
    int status, exit_code;
    const char *text;
} table[] = {
#define X(name, exit_code, text) {name, exit_code, text},
    PB_STATUS_TABLE(X)
#undef X
};

int pb_status_fail(struct pb_error *error, int status, const char *format, ...)
{
    if (error && error->status == PB_OK) {
        va_list arguments;
        error->status = status;
        va_start(arguments, format);
        vsnprintf(error->text, sizeof error->text, format, arguments);
        va_end(arguments);
    }
    return status;
}

int pb_status_exit_code(int status)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].status == status)
            return table[i].exit_code;
    return 1;
}

const char *pb_status_text(int status)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].status == status)
            return table[i].text;
    return "unknown status";
}

/* Length of the UTF-8 sequence at text that stands for a printable character; 0: there is none (RFC 3629, section 4;
 * C0 and C1 controls, surrogates, overlong forms and the bidirectional overrides are none). */
static size_t printable_length(const unsigned char *text, size_t size)
{
    static const struct {
        unsigned char first, last, low, high, length; } forms[] = {
        {0x20, 0x7e, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (text[0] < forms[i].first || text[0] > forms[i].last)
            continue;
        size_t length = forms[i].length;
        if (length > size)
            return 0;
        if (length > 1 && (text[1] < forms[i].low || text[1] > forms[i].high))
            return 0;
        for (size_t k = 2; k < length; k++)
            if (text[k] < 0x80 || text[k] > 0xbf)
                return 0;
        bool control = length == 2 && text[0] == 0xc2 && text[1] < 0xa0;
        bool override = length == 3 && text[0] == 0xe2 &&
                        ((text[1] == 0x80 && (text[2] >= 0xa8 && text[2] <= 0xae)) || (text[1] == 0x80 && text[2] >= 0x8b && text[2] <= 0x8f) ||
                         (text[1] == 0x81 && text[2] >= 0xa6 && text[2] <= 0xa9));
        return control || override ? 0 : length;
    }
    return 0;
}

size_t pb_status_printable(char *safe, size_t size, const void *text, size_t text_size)
{
    const unsigned char *from = text;
    size_t written = 0;
    for (size_t i = 0; size && i < text_size;) {
        size_t length = printable_length(from + i, text_size - i);
        size_t need = length ? length : 4;
        if (written + need + 1 > size)
            break;
        if (length)
            memcpy(safe + written, from + i, length);
        else
            snprintf(safe + written, 5, "\\x%02x", from[i]);
        written += need;
        i += length ? length : 1;
    }
    if (size)
        safe[written] = 0;
    return written;
}
