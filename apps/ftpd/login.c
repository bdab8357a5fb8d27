/* Who is there. In a sealed session the key has said it, and USER only repeats the name; in clear
 * there is a password. */
#include "session.h"

#include "handlers.h"
#include "request.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ANONYMOUS "ANONYMOUS"

void ftp_login_leave(struct ftp_session *session)
{
    if (session->own_root >= 0)
        close(session->own_root);
    session->own_root = -1;
    session->root = session->settings->root;
    session->root.read_only = true;
    session->login = FTP_STRANGER;
    session->user[0] = session->rename_from[0] = 0;
    snprintf(session->cwd, sizeof session->cwd, "/");
    session->restart = 0;
    session->ascii = true; /* RFC 959 */
    session->extended_only = false;
    session->facts = FTP_FACTS_ALL;
    session->transport->verbs->close(session->transport);
}

bool ftp_login_enter(struct ftp_session *session, const struct ftp_user *user)
{
    const struct ftp_root *whole = &session->settings->root;
    session->root = *whole;
    session->root.read_only = session->settings->read_only || (user && user->read_only);
    if (user && user->folder[0] && strcmp(user->folder, "/") != 0) {
        if (ftp_root_folder(whole, user->folder, &session->own_root) != FTP_OK)
            return false;
        session->root.fd = session->own_root;
    }
    session->login = FTP_LOGGED_IN;
    session->failures = 0;
    return true;
}

static void enter(struct ftp_session *session, const struct ftp_user *user, enum ftp_reply reply)
{
    if (ftp_login_enter(session, user))
        ftp_reply_text(session, reply, "Welcome, %s%s", session->user,
                       session->root.read_only ? " (you may read, not write)" : "");
    else
        ftp_reply_text(session, FTP_SAY_NOT_LOGGED_IN,
                       "Your folder is not there: ask who runs this server");
}

static bool find(const struct ftp_session *session, const char *name, struct ftp_user *user)
{
    return session->users && ftp_users_find(session->users, name, user);
}

static bool is_anonymous(const char *name)
{
    return ftp_request_is(name, ANONYMOUS) || ftp_request_is(name, "FTP");
}

/* Sealed: the name in allowed.csv; of somebody who is on no list, what he calls himself. */
static void identify(struct ftp_session *session, const char *name)
{
    const char *who = session->about->who;
    bool claimed = who[0] == '?';
    struct ftp_user user;
    if (strcmp(name, who) != 0 &&
        !(claimed && (strcmp(name, who + 1) == 0 || (!who[1] && is_anonymous(name))))) {
        ftp_reply_text(session, FTP_SAY_NOT_LOGGED_IN, "Your key is not that of %s", name);
        return;
    }
    snprintf(session->user, sizeof session->user, "%s", who);
    enter(session, !claimed && find(session, name, &user) ? &user : NULL, FTP_SAY_KNOWN);
}

void ftp_run_user(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    (void)verb;
    ftp_login_leave(session);
    if (strlen(argument) > FTP_USER_MAX) {
        ftp_reply_text(session, FTP_SAY_NOT_LOGGED_IN, "A name has at most %d bytes", FTP_USER_MAX);
        return;
    }
    if (session->transport->sealed) {
        identify(session, argument);
        return;
    }
    snprintf(session->user, sizeof session->user, "%s", argument);
    session->login = FTP_NAMED;
    ftp_reply(session, FTP_SAY_PASSWORD); /* the same for whoever is not there */
}

static void wait_a_moment(struct ftp_session *session)
{
    struct pollfd wanted = {.fd = session->about->stop_fd, .events = POLLIN};
    poll(&wanted, 1, FTP_FAILURE_SECONDS * 1000);
}

static void fail(struct ftp_session *session)
{
    char name[4 * FTP_USER_MAX + 4];
    pb_status_printable(name, sizeof name, session->user, strlen(session->user));
    pb_options_say("session %llu (%s): a login as %s failed",
                   (unsigned long long)session->about->number, session->about->ip, name);
    wait_a_moment(session);
    ftp_login_leave(session);
    if (++session->failures < FTP_FAILURES_MAX) {
        ftp_reply_text(session, FTP_SAY_NOT_LOGGED_IN, "That is not right");
        return;
    }
    ftp_reply_text(session, FTP_SAY_CLOSING, "That was wrong %d times", FTP_FAILURES_MAX);
    pb_status_fail(session->error, PB_REFUSED, "ended: %d logins failed", FTP_FAILURES_MAX);
}

void ftp_run_pass(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    struct ftp_user user;
    (void)verb;
    if (session->login == FTP_LOGGED_IN) {
        ftp_reply_text(session, FTP_SAY_NOT_NEEDED, "You are logged in already");
        return;
    }
    if (session->login == FTP_STRANGER) {
        ftp_reply_text(session, FTP_SAY_BAD_ORDER, "First USER, then PASS");
        return;
    }
    if (session->settings->anonymous && is_anonymous(session->user)) {
        enter(session, &(struct ftp_user){.folder = "/", .read_only = true}, FTP_SAY_LOGGED_IN);
        return;
    }
    bool known = find(session, session->user, &user);
    if (ftp_password_check(argument, known ? user.password : NULL))
        enter(session, &user, FTP_SAY_LOGGED_IN);
    else
        fail(session);
}

void ftp_run_rein(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    (void)verb;
    (void)argument;
    ftp_login_leave(session);
    ftp_reply(session, FTP_SAY_READY);
}

void ftp_run_quit(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    (void)verb;
    (void)argument;
    ftp_reply(session, FTP_SAY_GOODBYE);
    session->quit = true;
}
