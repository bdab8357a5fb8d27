/* The loop: wait, read, one line after the other, until somebody ends it. */
#include "session.h"

#include "clock.h"
#include "request.h"
#include "verbs.h"

#include <stdio.h>
#include <string.h>

/* ---- one command ---- */

/* True: the verb may run. False: the reply has been said. */
static bool permitted(struct ftp_session *session, const struct ftp_verb *verb,
                      const char *argument)
{
    if (verb->rules & FTP_RULE_LOGIN && session->login != FTP_LOGGED_IN)
        ftp_reply(session, FTP_SAY_NOT_LOGGED_IN);
    else if (verb->argument == FTP_ARGUMENT_MUST && !*argument)
        ftp_reply_text(session, FTP_SAY_BAD_ARGUMENT, "%s needs an argument", verb->name);
    else if (verb->argument == FTP_ARGUMENT_NONE && argument[strspn(argument, " ")])
        ftp_reply_text(session, FTP_SAY_BAD_ARGUMENT, "%s takes no argument", verb->name);
    else if (verb->rules & FTP_RULE_WRITES && session->root.read_only)
        ftp_reply_error(session, FTP_READ_ONLY);
    else
        return true;
    return false;
}

static void obey(struct ftp_session *session, const struct ftp_request *request)
{
    const struct ftp_verb *verb = ftp_verb_find(request->verb);
    if (!verb && session->login != FTP_LOGGED_IN)
        ftp_reply(session, FTP_SAY_NOT_LOGGED_IN);
    else if (!verb)
        ftp_reply_text(session, FTP_SAY_UNKNOWN, "There is no command %s (HELP lists all)",
                       request->verb);
    else if (permitted(session, verb, request->argument))
        verb->run(session, verb, request->argument);
    if (!verb || !(verb->rules & FTP_RULE_KEEPS)) {
        session->rename_from[0] = 0;
        session->restart = 0;
    }
}

static void hear_line(struct ftp_session *session, const char *line, size_t size)
{
    struct ftp_request request;
    switch (ftp_request_parse(&request, line, size)) {
    case FTP_REQUEST_GOOD:
        obey(session, &request);
        break;
    case FTP_REQUEST_JUNK:
        ftp_reply(session, FTP_SAY_UNKNOWN);
        break;
    case FTP_REQUEST_CONTROL:
        ftp_reply_text(session, FTP_SAY_BAD_ARGUMENT, "There is a control byte in this line");
        break;
    case FTP_REQUEST_HTTP:
        ftp_reply_text(session, FTP_SAY_CLOSING, "This is no web server");
        pb_status_fail(session->error, PB_PROTOCOL, "ended: a request of a web browser came");
        session->quit = true;
        break;
    }
}

static void hear_lines(struct ftp_session *session)
{
    char line[FTP_LINE_MAX];
    size_t size;
    while (!session->quit && session->error->status == PB_OK) {
        switch (ftp_lines_take(&session->lines, line, &size)) {
        case FTP_LINE_NONE:
            return;
        case FTP_LINE_ONE:
            hear_line(session, line, size);
            break;
        case FTP_LINE_TOO_LONG:
            ftp_reply_text(session, FTP_SAY_UNKNOWN, "A line has at most %d bytes", FTP_LINE_MAX);
            break;
        }
        explicit_bzero(line, sizeof line); /* it may have been a password */
    }
}

/* Reads what is there. PB_OK: something came. */
static int fill(struct ftp_session *session, struct pb_error *error)
{
    size_t room, got = 0;
    uint8_t *to = ftp_lines_room(&session->lines, &room);
    if (room == 0)
        return PB_AGAIN;
    int result = session->transport->verbs->read(session->transport, to, room, &got, error);
    if (result == PB_OK)
        ftp_lines_came(&session->lines, got);
    return result;
}

/* ---- during a transfer ---- */

static bool is_at_once(const char *line, size_t size, struct ftp_request *request,
                       const struct ftp_verb **verb)
{
    if (ftp_request_parse(request, line, size) != FTP_REQUEST_GOOD)
        return false;
    *verb = ftp_verb_find(request->verb);
    return *verb && (*verb)->rules & FTP_RULE_AT_ONCE &&
           ((*verb)->argument == FTP_ARGUMENT_NONE || !*request->argument);
}

int ftp_session_look(void *context, struct pb_error *error)
{
    struct ftp_session *session = context;
    struct ftp_request request;
    const struct ftp_verb *verb;
    char line[FTP_LINE_MAX];
    size_t size, room;
    int result;

    do {
        result = fill(session, NULL);
        while (ftp_lines_peek(&session->lines, line, &size) == FTP_LINE_ONE &&
               is_at_once(line, size, &request, &verb)) {
            (void)!ftp_lines_take(&session->lines, line, &size);
            is_at_once(line, size, &request, &verb);
            verb->run(session, verb, request.argument);
        }
    } while (result == PB_OK);
    ftp_lines_room(&session->lines, &room);
    bool quits = ftp_lines_peek(&session->lines, line, &size) == FTP_LINE_ONE &&
                 ftp_request_is(line, "QUIT");
    if (result != PB_AGAIN || room == 0)
        session->transport->watch.fd =
            -1; /* nothing more to hear, or no room for it: it would be readable for ever */
    if (result != PB_AGAIN && result != PB_ENDED)
        session->transfer.cut = true;
    if (result == PB_ENDED && !quits) /* gone without a word, and with it whoever wanted the file */
        session->transfer.cut = true;
    if (session->transfer.aborted || session->transfer.cut)
        return pb_status_fail(error, PB_INTERRUPTED, "the client %s",
                              session->transfer.cut ? "went away" : "gave up");
    return PB_OK;
}

/* ---- from the first word to the last ---- */

static void greet(struct ftp_session *session)
{
    if (session->settings->cleartext)
        ftp_reply_text(session, FTP_SAY_READY,
                       "plugboard ftpd in clear: everything can be read on the wire");
    else
        ftp_reply_text(session, FTP_SAY_READY, "plugboard ftpd under %s", session->about->cipher);
}

/* Waits for the next bytes. */
static void await(struct ftp_session *session)
{
    struct pb_error *error = session->error;
    int wait = session->settings->idle ? (int)session->settings->idle * 1000 : -1;
    int64_t deadline = pb_clock_now() + wait;
    for (;;) {
        int result = fill(session, error);
        if (result == PB_ENDED) {
            session->quit = true;
            *error = (struct pb_error){0}; /* a client may end without QUIT */
            return;
        }
        if (result != PB_AGAIN)
            return;
        int left = wait < 0 ? -1 : pb_clock_left(deadline);
        int ready =
            session->transport->verbs->wait(session->transport, session->about->stop_fd, left);
        if (ready & FTP_READY_STOP) {
            ftp_reply_text(session, FTP_SAY_CLOSING, "The server is stopping");
            session->quit = true;
            return;
        }
        if (!ready && wait >= 0 && pb_clock_left(deadline) == 0) {
            ftp_reply_text(session, FTP_SAY_CLOSING, "Nothing was said for %u seconds",
                           session->settings->idle);
            pb_status_fail(error, PB_TIMEOUT, "ended: nothing was said for too long (--idle)");
            return;
        }
    }
}

int ftp_session_run(struct ftp_session *session)
{
    struct ftp_transport *transport = session->transport;
    session->own_root = -1;
    transport->watch =
        (struct pb_channel_watch){.fd = -1, .look = ftp_session_look, .context = session};
    transport->stall = session->settings->idle && session->settings->idle < FTP_STALL_SECONDS
                           ? session->settings->idle
                           : FTP_STALL_SECONDS;
    ftp_login_leave(session);
    greet(session);
    while (!session->quit && session->error->status == PB_OK) {
        hear_lines(session);
        if (!session->quit && session->error->status == PB_OK)
            await(session);
    }
    transport->verbs->close(transport);
    ftp_login_leave(session);
    return session->error->status;
}
