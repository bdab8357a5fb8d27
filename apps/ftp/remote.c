/* Commands and replies. The data of transfers are in transfer.c's sibling, moving.c. */
#include "remote.h"
#include "clock.h"
#include "interrupt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOK = 1000 }; /* milliseconds between two looks at the clock and at Ctrl-C */

/* ---- saying ---- */

static int gather(struct ftp_remote *remote, struct pb_error *error, const char *format,
                  va_list list)
{
    char line[FTP_REMOTE_PATH_MAX + 90];
    int size = vsnprintf(line, sizeof line, format, list);
    if (size < 0 || (size_t)size >= sizeof line)
        return pb_status_fail(error, PB_USAGE, "that name is too long for a command (%d bytes)",
                              size);
    if (strpbrk(line, "\r\n"))
        return pb_status_fail(error, PB_USAGE,
                              "a name with a line break in it cannot be sent: nothing was");
    if (remote->gathered_size + (size_t)size + 2 > sizeof remote->gathered) {
        int result = ftp_remote_flush(remote, error);
        if (result != PB_OK)
            return result;
    }
    if (remote->verbose) {
        char shown[sizeof line];
        pb_status_printable(shown, sizeof shown, line, (size_t)size);
        fprintf(stderr, "---> %s\n", strncmp(line, "PASS ", 5) == 0 ? "PASS ..." : shown);
    }
    memcpy(remote->gathered + remote->gathered_size, line, (size_t)size);
    remote->gathered_size += (size_t)size;
    memcpy(remote->gathered + remote->gathered_size, "\r\n", 2);
    remote->gathered_size += 2;
    return PB_OK;
}

int ftp_remote_say(struct ftp_remote *remote, struct pb_error *error, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int result = gather(remote, error, format, list);
    va_end(list);
    return result;
}

int ftp_remote_flush(struct ftp_remote *remote, struct pb_error *error)
{
    if (remote->gone)
        return pb_status_fail(error, PB_TRUNCATED, "the session with the server is over");
    if (remote->gathered_size == 0)
        return PB_OK;
    int result = remote->carrier.kind->send(&remote->carrier, remote->gathered,
                                            remote->gathered_size, error);
    remote->gathered_size = 0;
    if (result != PB_OK)
        remote->gone = true;
    return result;
}

/* ---- hearing ---- */

static void show(const struct ftp_remote *remote)
{
    char line[2 * FTP_ANSWER_LINE_MAX];
    for (const char *at = remote->reply.text;; at++) {
        size_t size = strcspn(at, "\n");
        pb_status_printable(line, sizeof line, at, size);
        fprintf(stderr, "<--- %d%s%s\n", remote->reply.code, at[size] ? "-" : " ", line);
        at += size;
        if (!*at)
            break;
    }
}

/* What is there already. PB_AGAIN: no whole reply. */
static int hear_now(struct ftp_remote *remote, struct pb_error *error)
{
    for (;;) {
        int result = ftp_answer_take(&remote->reply, &remote->came, &remote->came_size, error);
        if (result == PB_OK && remote->verbose)
            show(remote);
        if (result == PB_OK && remote->reply.code == 421)
            remote->gone = true;
        if (result == PB_AGAIN)
            result = remote->carrier.kind->fetch(&remote->carrier, &remote->came,
                                                 &remote->came_size, error);
        else
            return result;
        if (result != PB_OK)
            return result;
    }
}

/* Like hear, but a Ctrl-C is not looked at: its own replies are waited for. */
static int hear_out(struct ftp_remote *remote, bool obey, unsigned seconds, struct pb_error *error)
{
    struct pb_error why = {0};
    int64_t deadline = pb_clock_now() + (int64_t)seconds * 1000;
    int result = ftp_remote_flush(remote, error);
    if (result != PB_OK)
        return result;
    for (;;) {
        result = hear_now(remote, &why);
        if (result == PB_OK)
            return PB_OK;
        if (result == PB_AGAIN && ftp_interrupt_leave())
            result = pb_status_fail(&why, PB_INTERRUPTED, "interrupted");
        if (result != PB_AGAIN)
            break;
        if (obey && ftp_interrupt_came())
            return pb_status_fail(error, PB_INTERRUPTED, "interrupted");
        if (seconds && pb_clock_now() > deadline) {
            result =
                pb_status_fail(&why, PB_TIMEOUT, "it has not answered for %u seconds", seconds);
            break;
        }
        remote->carrier.kind->wait(&remote->carrier, -1, LOOK);
    }
    remote->gone = true;
    if (result == PB_ENDED)
        result = PB_TRUNCATED;
    return pb_status_fail(error, result, "the server is gone: %s", why.text);
}

int ftp_remote_hear(struct ftp_remote *remote, struct pb_error *error)
{
    return hear_out(remote, false, remote->seconds, error);
}

void ftp_remote_settle(struct ftp_remote *remote)
{
    struct pb_error why = {0};
    while (!remote->gone && remote->gathered_size == 0 && hear_now(remote, &why) == PB_OK)
        ;
}

int ftp_remote_refused(const struct ftp_remote *remote, const char *what, struct pb_error *error)
{
    char text[600];
    size_t size = remote->reply.size < 500 ? remote->reply.size : 500;
    pb_status_printable(text, sizeof text, remote->reply.text, size);
    return pb_status_fail(error, PB_REFUSED, "%s: %s (%d)", what, text, remote->reply.code);
}

int ftp_remote_result(struct ftp_remote *remote, const char *what, struct pb_error *error)
{
    int result;
    do
        result = ftp_remote_hear(remote, error);
    while (result == PB_OK && remote->reply.code < 200);
    if (result == PB_OK && remote->reply.code >= 400)
        return ftp_remote_refused(remote, what, error);
    return result;
}

int ftp_remote_ask(struct ftp_remote *remote, const char *what, struct pb_error *error,
                   const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int result = gather(remote, error, format, list);
    va_end(list);
    return result == PB_OK ? ftp_remote_result(remote, what, error) : result;
}

/* ---- beginning and end ---- */

static int authorise(struct ftp_remote *remote, const char *user,
                     int (*password)(void *, char *, size_t, struct pb_error *), void *context,
                     struct pb_error *error)
{
    char what[PB_PEER_NAME_MAX + 32], secret[512];
    snprintf(what, sizeof what, "the server does not let %s in", *user ? user : "you");
    int result = ftp_remote_result(remote, "the server does not want us", error);
    if (result == PB_OK)
        result = ftp_remote_ask(remote, what, error, "USER %s", user);
    if (result != PB_OK || remote->reply.code < 300)
        return result;
    if (!password)
        return pb_status_fail(error, PB_REFUSED,
                              "the server asks for a password, which nobody expected here");
    result = password(context, secret, sizeof secret, error);
    if (result == PB_OK)
        result = ftp_remote_ask(remote, what, error, "PASS %s", secret);
    explicit_bzero(secret, sizeof secret);
    explicit_bzero(remote->gathered, sizeof remote->gathered);
    return result;
}

static void learn(struct ftp_remote *remote)
{
    const struct ftp_answer *reply = &remote->reply;
    const char *hash = ftp_answer_line(reply, "HASH");
    remote->mlsd = ftp_answer_line(reply, "MLST") || ftp_answer_line(reply, "MLSD");
    remote->size = ftp_answer_line(reply, "SIZE");
    remote->mdtm = ftp_answer_line(reply, "MDTM");
    remote->mfmt = ftp_answer_line(reply, "MFMT");
    const char *sha = hash ? strcasestr(hash, "SHA-256") : NULL;
    remote->hash = sha && sha < hash + strcspn(hash, "\n");
}

/* FEAT, TYPE I and PWD go out together. */
int ftp_remote_login(struct ftp_remote *remote, const char *user,
                     int (*password)(void *, char *, size_t, struct pb_error *), void *context,
                     struct pb_error *error)
{
    int result = authorise(remote, user, password, context, error);
    if (result != PB_OK || (result = ftp_remote_say(remote, error, "FEAT")) != PB_OK ||
        (result = ftp_remote_say(remote, error, "TYPE I")) != PB_OK ||
        (result = ftp_remote_say(remote, error, "PWD")) != PB_OK)
        return result;
    remote->epsv = true;
    result = ftp_remote_result(remote, "FEAT", NULL);
    if (result == PB_OK)
        learn(remote);
    if (!remote->gone)
        result = ftp_remote_result(remote, "the server cannot send files as they are", error);
    if (result == PB_OK)
        result = ftp_remote_result(remote, "PWD", NULL);
    if (result != PB_OK ||
        !ftp_answer_quoted(&remote->reply, remote->folder, sizeof remote->folder))
        snprintf(remote->folder, sizeof remote->folder, "/");
    return remote->gone ? pb_status_fail(error, PB_TRUNCATED, "the server is gone") : error->status;
}

int ftp_remote_where(struct ftp_remote *remote, struct pb_error *error)
{
    int result = ftp_remote_ask(remote, "pwd", error, "PWD");
    if (result == PB_OK &&
        !ftp_answer_quoted(&remote->reply, remote->folder, sizeof remote->folder))
        result = ftp_remote_refused(remote, "pwd", error);
    return result;
}

void ftp_remote_quit(struct ftp_remote *remote)
{
    remote->gathered_size = 0;
    if (!remote->gone && !ftp_interrupt_leave() && ftp_remote_say(remote, NULL, "QUIT") == PB_OK)
        (void)!hear_out(remote, true, 5, NULL);
    remote->carrier.kind->close(&remote->carrier);
    remote->gone = true;
}
