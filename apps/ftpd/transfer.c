/* RETR, STOR and their kin, and how any transfer goes: 150, data, and the truth about them. */
#include "session.h"

#include "ascii.h"
#include "clock.h"
#include "handlers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- any transfer ---- */

/* What the client has said meanwhile; costs one system call. */
static int glance(struct ftp_session *session, struct pb_error *error)
{
    struct ftp_transport *transport = session->transport;
    if (transport->watch.fd >= 0 && transport->verbs->wait(transport, -1, 0) & FTP_READY_CONTROL)
        return ftp_session_look(session, error);
    return PB_OK;
}

bool ftp_transfer_open(struct ftp_session *session, const char *verb, const char *path, bool upload,
                       const char *announced)
{
    struct ftp_transport *transport = session->transport;
    struct pb_error error = {0};
    int result = transport->verbs->offer(transport, &error);
    if (result == PB_NOT_FOUND) {
        ftp_reply_text(session, FTP_SAY_NO_DATA_CONNECTION, "Use PASV, EPSV, PORT or EPRT first");
        return false;
    }
    if (result != PB_OK) {
        ftp_reply(session, FTP_SAY_NO_DATA_CONNECTION);
        return false;
    }
    ftp_reply_text(session, FTP_SAY_OPENING, "%s", announced);
    session->transfer = (struct ftp_transfer){
        .verb = verb, .path = path, .upload = upload, .began = pb_clock_now()};
    transport->watch.fd = transport->control_fd;
    result = ftp_session_look(session, &error);
    if (result == PB_OK)
        result = transport->verbs->open(transport, FTP_ACCEPT_SECONDS, &error);
    if (result == PB_OK)
        return true;
    if (result != PB_INTERRUPTED)
        result = PB_NOT_FOUND;
    ftp_transfer_close(session, result, FTP_OK, NULL);
    return false;
}

int ftp_transfer_send(struct ftp_session *session, size_t size, struct pb_error *error)
{
    int result = session->transport->verbs->send(session->transport, size, error);
    if (result != PB_OK)
        return result;
    session->transfer.bytes += size;
    return glance(session, error);
}

/* The last word about a transfer that failed. */
static void say_failed(struct ftp_session *session, int status, enum ftp_error file)
{
    if (session->transfer.cut) {
        pb_status_fail(session->error, PB_TRUNCATED,
                       "the client went away in the middle of a transfer");
    } else if (session->transfer.aborted) {
        ftp_reply_text(session, FTP_SAY_CUT, "Given up, as you wish");
        ftp_reply_text(session, FTP_SAY_TRANSFERRED, "ABOR done");
    } else if (file != FTP_OK && file != FTP_STOPPED) {
        ftp_reply_error(session, file);
    } else if (status == PB_NOT_FOUND) {
        ftp_reply_text(session, FTP_SAY_NO_DATA_CONNECTION, "No data connection was made");
    } else if (status == PB_TIMEOUT) {
        ftp_reply_text(session, FTP_SAY_CUT, "Nothing moved for %u seconds: given up",
                       session->transport->stall);
    } else if (status == PB_ABORTED) {
        ftp_reply_text(session, FTP_SAY_CUT, "You gave up: the transfer is not complete");
    } else {
        ftp_reply(session, FTP_SAY_CUT);
    }
}

void ftp_transfer_close(struct ftp_session *session, int status, enum ftp_error file,
                        const char *announced)
{
    struct ftp_transport *transport = session->transport;
    bool complete = status == PB_OK && file == FTP_OK;
    transport->watch.fd = -1;
    if (!complete)
        transport->verbs->abort(transport, file == FTP_OK ? "the transfer was given up"
                                                          : ftp_error_text(file));
    ftp_journal_transfer(session, complete);
    if (!complete)
        say_failed(session, status, file);
    else if (announced)
        ftp_reply_text(session, FTP_SAY_TRANSFERRED, "%s", announced);
    else
        ftp_reply(session, FTP_SAY_TRANSFERRED);
    transport->verbs->close(transport);
    session->transfer = (struct ftp_transfer){0};
}

/* ---- downloads ---- */

/* Each sends one part of the file: *sent 0 at its end. */
static int send_straight(struct ftp_session *session, int fd, uint64_t offset, uint64_t *moved,
                         struct pb_error *error)
{
    size_t sent = 0;
    int result = session->transport->verbs->send_file(session->transport, fd, offset, &sent, error);
    session->transfer.bytes += sent;
    *moved = sent;
    return result == PB_OK ? glance(session, error) : result;
}

static int send_block(struct ftp_session *session, int fd, uint64_t offset, uint64_t *moved,
                      struct pb_error *error)
{
    uint8_t *room = session->transport->verbs->room(session->transport);
    char plain[FTP_BLOCK / 2]; /* every byte may become two */
    if (!room)
        return pb_status_fail(error, PB_FILE, "no memory");
    ssize_t got = pread(fd, session->ascii ? (void *)plain : (void *)room,
                        session->ascii ? sizeof plain : FTP_BLOCK, (off_t)offset);
    if (got < 0)
        return pb_status_fail(error, PB_FILE, "cannot be read: %s", strerror(errno));
    *moved = (uint64_t)got;
    if (got == 0)
        return PB_OK;
    return ftp_transfer_send(
        session, session->ascii ? ftp_ascii_send((char *)room, plain, (size_t)got) : (size_t)got,
        error);
}

static int send_all(struct ftp_session *session, int fd, uint64_t offset, uint64_t size,
                    struct pb_error *error)
{
    bool straight = session->transport->verbs->send_file && !session->ascii;
    for (uint64_t moved = 1; moved > 0; offset += moved) {
        int result = (straight ? send_straight : send_block)(session, fd, offset, &moved, error);
        if (result != PB_OK)
            return result;
    }
    if (offset < size)
        return pb_status_fail(error, PB_FILE, "the file has become shorter while it was sent");
    return session->transport->verbs->end(session->transport, true, error);
}

void ftp_run_retr(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    char path[FTP_PATH_MAX], announced[64];
    struct pb_error error = {0};
    struct stat status;
    uint64_t offset = session->restart;
    int fd = -1;

    if (!ftp_place_path(session, argument, path))
        return;
    enum ftp_error failed = ftp_root_read(&session->root, path, &fd, &status);
    if (failed == FTP_OK && offset > (uint64_t)status.st_size)
        failed = FTP_BAD_OFFSET;
    if (failed != FTP_OK) {
        ftp_reply_error(session, failed);
    } else if (offset && session->ascii) {
        ftp_reply_text(session, FTP_SAY_NOT_FOR_THAT, "REST counts bytes: use TYPE I with it");
    } else {
        snprintf(announced, sizeof announced, "%llu bytes",
                 (unsigned long long)status.st_size - offset);
        if (ftp_transfer_open(session, verb->name, path, false, announced)) {
            int result = send_all(session, fd, offset, (uint64_t)status.st_size, &error);
            ftp_transfer_close(session, result, result == PB_FILE ? FTP_FAILED : FTP_OK, NULL);
        }
    }
    if (fd >= 0)
        close(fd);
}

/* ---- uploads ---- */

/* One part that came, to the file. */
static enum ftp_error store(struct ftp_session *session, struct ftp_ascii *ascii,
                            const uint8_t *data, size_t size)
{
    char plain[FTP_BLOCK / 4 + 1];
    enum ftp_error failed = FTP_OK;
    session->transfer.bytes += size;
    if (!session->ascii)
        return ftp_upload_write(session->upload, data, size);
    for (size_t part; size > 0 && failed == FTP_OK; data += part, size -= part) {
        part = size < sizeof plain - 1 ? size : sizeof plain - 1;
        failed = ftp_upload_write(session->upload, plain,
                                  ftp_ascii_receive(ascii, plain, (const char *)data, part));
    }
    return failed;
}

static int receive_all(struct ftp_session *session, enum ftp_error *failed, struct pb_error *error)
{
    struct ftp_transport *transport = session->transport;
    struct ftp_ascii ascii = {0};
    const uint8_t *data;
    char last[1];
    size_t size;
    int result;
    while ((result = transport->verbs->receive(transport, &data, &size, error)) == PB_OK) {
        if ((*failed = store(session, &ascii, data, size)) != FTP_OK)
            return PB_FILE;
        if ((result = glance(session, error)) != PB_OK)
            return result;
    }
    if (result != PB_ENDED)
        return result;
    *error = (struct pb_error){0};
    /* In clear the end of a connection looks the same whether the client is done or dead: the dead
     * one has lost both. */
    if ((result = glance(session, error)) != PB_OK)
        return result;
    size = ftp_ascii_finish(&ascii, last);
    if (size && (*failed = ftp_upload_write(session->upload, last, size)) != FTP_OK)
        return PB_FILE;
    return transport->verbs->end(transport, false, error);
}

static void upload(struct ftp_session *session, const struct ftp_verb *verb, const char *argument,
                   enum ftp_upload_kind kind)
{
    char path[FTP_PATH_MAX], announced[FTP_NAME_MAX + 32];
    struct ftp_upload new;
    struct pb_error error = {0};

    if (!ftp_place_path(session, argument, path))
        return;
    if (session->restart && kind != FTP_UPLOAD_NEW) {
        ftp_reply_text(session, FTP_SAY_BAD_ORDER, "REST goes with STOR and RETR, not with %s",
                       verb->name);
        return;
    }
    if (session->restart && session->ascii) {
        ftp_reply_text(session, FTP_SAY_NOT_FOR_THAT, "REST counts bytes: use TYPE I with it");
        return;
    }
    enum ftp_error failed = ftp_upload_begin(&new, &session->root, path, kind, session->restart);
    if (failed != FTP_OK) {
        ftp_reply_error(session, failed);
        return;
    }
    session->upload = &new;
    snprintf(announced, sizeof announced, kind == FTP_UPLOAD_UNIQUE ? "FILE: %s" : "Send it",
             new.name);
    if (ftp_transfer_open(session, verb->name, path, true, announced)) {
        int result = receive_all(session, &failed, &error);
        if (result == PB_OK)
            failed = ftp_upload_finish(&new);
        else
            ftp_upload_fail(&new);
        if (kind == FTP_UPLOAD_UNIQUE)
            snprintf(announced, sizeof announced, "Stored as %s", new.name);
        ftp_transfer_close(session, result, failed, kind == FTP_UPLOAD_UNIQUE ? announced : NULL);
    } else {
        ftp_upload_fail(&new);
    }
    session->upload = NULL;
}

void ftp_run_stor(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    upload(session, verb, argument, FTP_UPLOAD_NEW);
}

void ftp_run_appe(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    upload(session, verb, argument, FTP_UPLOAD_APPEND);
}

void ftp_run_stou(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    upload(session, verb, *argument ? argument : "upload", FTP_UPLOAD_UNIQUE);
}

/* ---- before and after ---- */

void ftp_run_abor(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    (void)verb;
    (void)argument;
    if (session->transfer.verb) {
        session->transfer.aborted = true; /* who called us sees it, and says 426 and 226 */
        return;
    }
    session->transport->verbs->close(session->transport);
    ftp_reply(session, FTP_SAY_NOTHING_TO_ABORT);
}

static bool read_number(const char *text, uint64_t *number)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno || *text < '0' || *text > '9' || end[strspn(end, " ")] || value > INT64_MAX)
        return false;
    *number = value;
    return true;
}

void ftp_run_rest(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    (void)verb;
    if (!read_number(argument, &session->restart))
        ftp_reply_text(session, FTP_SAY_BAD_ARGUMENT, "REST takes a number of bytes");
    else
        ftp_reply_text(session, FTP_SAY_GO_ON, "From byte %llu on: now RETR or STOR",
                       (unsigned long long)session->restart);
}

/* "ALLO 1000" or "ALLO 1000 R 80". */
void ftp_run_allo(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    char figure[32];
    uint64_t wanted, there;
    (void)verb;
    snprintf(figure, sizeof figure, "%.*s", (int)strcspn(argument, " "), argument);
    if (!read_number(figure, &wanted))
        ftp_reply_text(session, FTP_SAY_BAD_ARGUMENT, "ALLO takes a number of bytes");
    else if (ftp_root_space(&session->root, session->cwd, &there) == FTP_OK && there < wanted)
        ftp_reply_text(session, FTP_SAY_NO_SPACE, "There is room for %llu bytes",
                       (unsigned long long)there);
    else
        ftp_reply_text(session, FTP_SAY_DONE, "There is room for that");
}
