/* Verbs are letters of ASCII, in any case; what follows is the handlers' to read. */
#include "request.h"

#include <string.h>

static char capital(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* How many bytes of text are the word; 0: they are not. */
static size_t match(const char *text, const char *word)
{
    size_t i = 0;
    while (word[i] && capital(text[i]) == word[i])
        i++;
    return word[i] ? 0 : i;
}

bool ftp_request_is(const char *text, const char *word)
{
    size_t length = match(text, word);
    return length > 0 && !text[length];
}

const char *ftp_request_behind(const char *text, const char *word)
{
    size_t length = match(text, word);
    return length > 0 && text[length] == ' ' ? text + length + 1 : NULL;
}

/* No verb of FTP is called so. */
static bool is_http(const char *line)
{
    static const char *const methods[] = {"GET",     "HEAD",    "POST",  "PUT",  "DELETE",
                                          "CONNECT", "OPTIONS", "TRACE", "PATCH"};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (ftp_request_is(line, methods[i]) || ftp_request_behind(line, methods[i]))
            return true;
    return false;
}

enum ftp_request_sense ftp_request_parse(struct ftp_request *request, const char *line, size_t size)
{
    size_t length = 0;
    *request = (struct ftp_request){.argument = ""};
    while (length < size && capital(line[length]) >= 'A' && capital(line[length]) <= 'Z')
        length++;
    if (is_http(line))
        return FTP_REQUEST_HTTP;
    if (length == 0 || length > FTP_VERB_MAX || (length < size && line[length] != ' '))
        return FTP_REQUEST_JUNK;
    for (size_t i = 0; i < length; i++)
        request->verb[i] = capital(line[i]);
    if (length < size)
        request->argument = line + length + 1;
    return memchr(line, 0, size) || memchr(line, '\r', size) ? FTP_REQUEST_CONTROL
                                                             : FTP_REQUEST_GOOD;
}
