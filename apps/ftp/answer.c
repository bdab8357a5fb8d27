/* Bytes to replies, and what single replies say. */
#include "answer.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- bytes to replies ---- */

/* "226 " or "226-" or "226" alone; 0: no code. */
static int code_of(const char *line, size_t size)
{
    if (size < 3 || line[0] < '1' || line[0] > '5' || !isdigit((unsigned char)line[1]) ||
        !isdigit((unsigned char)line[2]))
        return 0;
    if (size > 3 && line[3] != ' ' && line[3] != '-')
        return 0;
    return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

static void keep(struct ftp_answer *reply, const char *text, size_t size)
{
    if (reply->size > 0 && reply->size < FTP_ANSWER_TEXT_MAX)
        reply->text[reply->size++] = '\n';
    size_t room = FTP_ANSWER_TEXT_MAX - reply->size;
    if (size > room)
        size = room;
    for (size_t i = 0; i < size; i++) /* a NUL would cut it for everybody who reads it as text */
        reply->text[reply->size + i] = text[i] ? text[i] : '?';
    reply->size += size;
    reply->text[reply->size] = 0;
}

/* One whole line. PB_OK: it was the last of its reply. */
static int take_line(struct ftp_answer *reply, struct pb_error *error)
{
    size_t size = reply->line_size;
    if (size > 0 && reply->line[size - 1] == '\r')
        size--;
    int code = code_of(reply->line, size);
    bool last = code && (size == 3 || reply->line[3] == ' ');
    size_t prefix = size > 3 ? 4 : size;
    reply->line_size = 0;
    if (!reply->first) {
        if (!code) {
            char shown[80];
            pb_status_printable(shown, sizeof shown, reply->line, size < 40 ? size : 40);
            return pb_status_fail(error, PB_PROTOCOL, "that is no FTP reply: '%s'", shown);
        }
        reply->first = code;
        keep(reply, reply->line + prefix, size - prefix);
    } else if (code == reply->first) {
        keep(reply, reply->line + prefix, size - prefix);
    } else {
        keep(reply, reply->line, size);
        last = false;
    }
    return last ? PB_OK : PB_AGAIN;
}

static void begin(struct ftp_answer *reply)
{
    reply->code = reply->first = 0;
    reply->size = reply->total = reply->line_size = 0;
    reply->text[0] = 0;
}

int ftp_answer_take(struct ftp_answer *reply, const char **data, size_t *size,
                    struct pb_error *error)
{
    if (reply->code)
        begin(reply);
    while (*size > 0) {
        char byte = **data;
        ++*data;
        --*size;
        if (++reply->total > FTP_ANSWER_MAX)
            return pb_status_fail(error, PB_PROTOCOL,
                                  "the server's reply does not end (more than %u bytes)",
                                  FTP_ANSWER_MAX);
        if (byte != '\n') {
            if (reply->line_size < FTP_ANSWER_LINE_MAX)
                reply->line[reply->line_size++] = byte;
            continue;
        }
        int result = take_line(reply, error);
        if (result == PB_OK)
            reply->code = reply->first;
        if (result != PB_AGAIN)
            return result;
    }
    return PB_AGAIN;
}

/* ---- what single replies say ---- */

const char *ftp_answer_line(const struct ftp_answer *reply, const char *word)
{
    size_t length = strlen(word);
    for (const char *line = reply->text; line; line = strchr(line, '\n')) {
        line += strspn(line, " \n");
        if (strncasecmp(line, word, length) == 0 && !isalnum((unsigned char)line[length]))
            return line;
        if (!*line)
            return NULL;
    }
    return NULL;
}

bool ftp_answer_quoted(const struct ftp_answer *reply, char *name, size_t size)
{
    const char *from = strchr(reply->text, '"');
    size_t used = 0;
    if (!from)
        return false;
    for (from++; *from; from++) {
        if (*from == '"' && from[1] != '"') {
            name[used] = 0;
            return used > 0;
        }
        if (*from == '"')
            from++;
        if (used + 1 >= size || *from == '\n')
            return false;
        name[used++] = *from;
    }
    return false;
}

/* Digits up to the first other character; false: none, or too many. */
static bool digits(const char **text, uint64_t limit, uint64_t *number)
{
    uint64_t value = 0;
    const char *at = *text;
    for (; isdigit((unsigned char)*at); at++) {
        unsigned digit = (unsigned)(*at - '0');
        if (value > (limit - digit) / 10)
            return false;
        value = 10 * value + digit;
    }
    if (at == *text)
        return false;
    *text = at;
    *number = value;
    return true;
}

bool ftp_answer_number(const struct ftp_answer *reply, uint64_t *number)
{
    const char *at = reply->text + strspn(reply->text, " ");
    return digits(&at, INT64_MAX, number) && (*at == 0 || *at == ' ' || *at == '\n');
}

bool ftp_answer_227(const char *text, unsigned char address[4], uint16_t *port)
{
    for (const char *from = text; *from; from++) {
        uint64_t number[6];
        const char *at = from;
        int i = 0;
        if (!isdigit((unsigned char)*from) ||
            (from > text && (isdigit((unsigned char)from[-1]) || from[-1] == ',')))
            continue;
        for (; i < 6 && digits(&at, 255, &number[i]); i++)
            if (i < 5 && *at++ != ',')
                break;
        if (i < 6 || *at == ',' || (number[4] == 0 && number[5] == 0))
            continue;
        for (int k = 0; k < 4; k++)
            address[k] = (unsigned char)number[k];
        *port = (uint16_t)(number[4] << 8 | number[5]);
        return true;
    }
    return false;
}

bool ftp_answer_229(const char *text, uint16_t *port)
{
    const char *at = strchr(text, '(');
    uint64_t number;
    if (!at || at[1] < 33 || at[1] > 126 || isdigit((unsigned char)at[1]))
        return false;
    char mark = at[1];
    if (at[2] != mark || at[3] != mark)
        return false;
    at += 4;
    if (!digits(&at, 65535, &number) || number == 0 || *at != mark || at[1] != ')')
        return false;
    *port = (uint16_t)number;
    return true;
}

bool ftp_answer_sha256(const struct ftp_answer *reply, char hex[65])
{
    for (const char *at = reply->text; *at;) {
        at += strspn(at, " \n");
        size_t length = strcspn(at, " \n");
        if (length == 64 && strspn(at, "0123456789abcdefABCDEF") >= 64) {
            for (int i = 0; i < 64; i++)
                hex[i] = (char)tolower((unsigned char)at[i]);
            hex[64] = 0;
            return true;
        }
        at += length;
    }
    return false;
}
