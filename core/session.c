/* What a session is made of, and the two services that a plugin gets: random bytes, and a place for its reasons. */
#include "session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what the plugin gets ---- */

static struct pb_session *session_of(const struct pb_host *host)
{
    return (struct pb_session *)((char *)host - offsetof(struct pb_session, host));
}

static void host_random(const struct pb_host *host, void *out, size_t size)
{
    pb_random_bytes(&session_of(host)->random, out, size);
}

static int host_fail(const struct pb_host *host, int result, const char *format, ...)
{
    struct pb_session *session = session_of(host);
    char text[PB_REASON_MAX + 1];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    pb_status_printable(session->reason, sizeof session->reason, text, strlen(text));
    return result;
}

/* ---- session ---- */

void pb_session_open(struct pb_session *session, const struct pb_party *party)
{
    session->party = party;
    session->random = party->random;
    session->host = (struct pb_host){sizeof session->host, host_random, host_fail};
    session->progress = party->progress ? party->progress : &session->own_progress;
}

void pb_session_close(struct pb_session *session)
{
    free(session->peer_public);
    free(session->greeting);
    free(session->hello);
    free(session->welcome);
    explicit_bzero(session, sizeof *session);
}
