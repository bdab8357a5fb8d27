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

/* The code point that begins at text and how many bytes it takes; 0 bytes: it is not UTF-8 (RFC 3629, section 4: neither
 * cut off, nor longer than it need be, nor a surrogate, nor beyond U+10FFFF). */
static size_t decode(const unsigned char *text, size_t size, uint32_t *point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = text[0] < 0x80 ? 1 : text[0] < 0xc0 ? 0 : text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : text[0] < 0xf8 ? 4 : 0;
    if (length == 0 || length > size)
        return 0;
    *point = length == 1 ? text[0] : text[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        *point = *point << 6 | (text[i] & 0x3f);
    }
    bool surrogate = *point >= 0xd800 && *point <= 0xdfff;
    return *point < least[length] || surrogate || *point > 0x10ffff ? 0 : length;
}

/* What acts on a terminal, and what is invisible or turns what stands beside it (Unicode's Default_Ignorable_Code_Point
 * and the interlinear marks), so that two names could look alike. */
static bool is_harmful(uint32_t point)
{
    static const uint32_t ranges[][2] = {
        {0, 0x1f},        {0x7f, 0x9f},     {0xad, 0xad},     {0x61c, 0x61c},   {0x115f, 0x1160},
        {0x180b, 0x180f}, {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164},
        {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0xe0000, 0xe0fff},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (point >= ranges[i][0] && point <= ranges[i][1])
            return true;
    return false;
}

static size_t printable_length(const unsigned char *text, size_t size)
{
    uint32_t point;
    size_t length = decode(text, size, &point);
    return length && !is_harmful(point) ? length : 0;
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
