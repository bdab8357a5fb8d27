/* Replies: from one table, never with a byte in them that could end a line before its end. */
#include "session.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    int code;
    const char *text;
} replies[] = {
#define X(name, code, text) {code, text},
    FTP_REPLY_TABLE(X)
#undef X
};

static void flush(struct ftp_session *session)
{
    if (session->reply_size > 0 && session->error->status == PB_OK)
        (void)!session->transport->verbs->write(session->transport, session->reply,
                                                session->reply_size, session->error);
    session->reply_size = 0;
}

/* Names of files come from strangers: a CR LF in one would be a reply of its own. */
static void clean(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = '?';
}

int ftp_reply_raw(void *context, const char *line, size_t size)
{
    struct ftp_session *session = context;
    if (session->reply_size + size > sizeof session->reply)
        flush(session);
    if (size > sizeof session->reply)
        return -1;
    memcpy(session->reply + session->reply_size, line, size);
    session->reply_size += size;
    return session->error->status == PB_OK ? 0 : -1;
}

static void put(struct ftp_session *session, int code, char separator, const char *text)
{
    char line[FTP_PATH_MAX + 512];
    int size = code ? snprintf(line, sizeof line - 2, "%d%c%s", code, separator, text)
                    : snprintf(line, sizeof line - 2, "%s", text);
    if (size > (int)sizeof line - 3)
        size = (int)sizeof line - 3;
    clean(line);
    memcpy(line + size, "\r\n", 2);
    ftp_reply_raw(session, line, (size_t)size + 2);
}

void ftp_reply(struct ftp_session *session, enum ftp_reply reply)
{
    put(session, replies[reply].code, ' ', replies[reply].text);
    flush(session);
}

void ftp_reply_text(struct ftp_session *session, enum ftp_reply reply, const char *format, ...)
{
    char text[FTP_PATH_MAX + 500];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    put(session, replies[reply].code, ' ', text);
    flush(session);
}

void ftp_reply_error(struct ftp_session *session, enum ftp_error error)
{
    put(session, ftp_error_code(error), ' ', ftp_error_text(error));
    flush(session);
}

void ftp_reply_begin(struct ftp_session *session, enum ftp_reply reply, const char *text)
{
    put(session, replies[reply].code, '-', text);
}

void ftp_reply_line(struct ftp_session *session, const char *format, ...)
{
    char text[FTP_PATH_MAX + 500] =
        " "; /* a blank first: no line of the middle looks like the last one */
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + 1, sizeof text - 1, format, arguments);
    va_end(arguments);
    put(session, 0, 0, text);
}

void ftp_reply_end(struct ftp_session *session, enum ftp_reply reply, const char *text)
{
    put(session, replies[reply].code, ' ', text ? text : replies[reply].text);
    flush(session);
}
