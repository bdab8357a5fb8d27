/* Where the client is, and what it changes there. All paths go to root.c as they came. */
#include "session.h"

#include "handlers.h"
#include "request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool ftp_place_path(struct ftp_session *session, const char *argument, char path[FTP_PATH_MAX])
{
    enum ftp_error failed = ftp_root_join(path, session->cwd, argument);
    if (failed != FTP_OK)
        ftp_reply_error(session, failed);
    return failed == FTP_OK;
}

/* "text" with each " doubled, as a 257 has it (RFC 959, appendix II). */
static void reply_path(struct ftp_session *session, const char *path, const char *what)
{
    char quoted[2 * FTP_PATH_MAX];
    size_t used = 0;
    for (; *path; path++) {
        if (*path == '"')
            quoted[used++] = '"';
        quoted[used++] = *path;
    }
    quoted[used] = 0;
    ftp_reply_text(session, FTP_SAY_PATH, "\"%s\" %s", quoted, what);
}

static void go(struct ftp_session *session, const char *argument)
{
    char path[FTP_PATH_MAX], canonical[FTP_PATH_MAX];
    if (!ftp_place_path(session, argument, path))
        return;
    enum ftp_error failed = ftp_root_enter(&session->root, path, canonical);
    if (failed == FTP_OK)
        memcpy(session->cwd, canonical, sizeof session->cwd);
    ftp_reply_error(session, failed);
}

void ftp_run_cwd(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    (void)verb;
    go(session, argument);
}

void ftp_run_cdup(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    (void)verb;
    (void)argument;
    go(session, "..");
}

void ftp_run_pwd(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    (void)verb;
    (void)argument;
    reply_path(session, session->cwd, "is where you are");
}

void ftp_run_mkd(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    char path[FTP_PATH_MAX];
    (void)verb;
    if (!ftp_place_path(session, argument, path))
        return;
    enum ftp_error failed = ftp_root_mkdir(&session->root, path);
    if (failed == FTP_OK)
        reply_path(session, path, "made");
    else
        ftp_reply_error(session, failed);
}

/* RMD and DELE. */
static void remove_by(struct ftp_session *session, const char *argument,
                      enum ftp_error (*how)(const struct ftp_root *, const char *))
{
    char path[FTP_PATH_MAX];
    if (ftp_place_path(session, argument, path))
        ftp_reply_error(session, how(&session->root, path));
}

void ftp_run_rmd(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    (void)verb;
    remove_by(session, argument, ftp_root_rmdir);
}

void ftp_run_dele(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    (void)verb;
    remove_by(session, argument, ftp_root_unlink);
}

void ftp_run_rnfr(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    struct stat status;
    char path[FTP_PATH_MAX];
    (void)verb;
    if (!ftp_place_path(session, argument, path))
        return;
    enum ftp_error failed = ftp_root_stat(&session->root, path, &status);
    if (failed != FTP_OK) {
        ftp_reply_error(session, failed);
        return;
    }
    memcpy(session->rename_from, path, sizeof path);
    ftp_reply_text(session, FTP_SAY_GO_ON, "And RNTO?");
}

void ftp_run_rnto(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    char path[FTP_PATH_MAX];
    (void)verb;
    if (!session->rename_from[0])
        ftp_reply_text(session, FTP_SAY_BAD_ORDER, "First RNFR, then RNTO");
    else if (ftp_place_path(session, argument, path))
        ftp_reply_error(session, ftp_root_rename(&session->root, session->rename_from, path));
}

void ftp_run_mfmt(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    char path[FTP_PATH_MAX], when[FTP_TIME_MAX];
    struct timespec modified = {0};
    size_t length = strcspn(argument, " ");
    (void)verb;
    snprintf(when, sizeof when, "%.*s", (int)length, argument);
    if (length >= sizeof when || !argument[length] || !argument[length + 1] ||
        !ftp_listing_parse_time(when, &modified.tv_sec)) {
        ftp_reply_text(session, FTP_SAY_BAD_ARGUMENT, "It is MFMT YYYYMMDDHHMMSS FILE");
        return;
    }
    if (!ftp_place_path(session, argument + length + 1, path))
        return;
    enum ftp_error failed = ftp_root_touch(&session->root, path, modified);
    if (failed == FTP_OK)
        ftp_reply_text(session, FTP_SAY_FILE_STATUS, "Modify=%s; %s", when, argument + length + 1);
    else
        ftp_reply_error(session, failed);
}

/* ---- SITE ---- */

static void change_mode(struct ftp_session *session, const char *argument)
{
    char path[FTP_PATH_MAX];
    char *end;
    unsigned long mode = strtoul(argument, &end, 8);
    if (*argument < '0' || *argument > '7' || *end != ' ' || !end[1] || mode > 07777) {
        ftp_reply_text(session, FTP_SAY_BAD_ARGUMENT, "It is SITE CHMOD MODE FILE, MODE in octal");
        return;
    }
    if (session->root.read_only) {
        ftp_reply_error(session, FTP_READ_ONLY);
        return;
    }
    if (!ftp_place_path(session, end + 1, path))
        return;
    enum ftp_error failed =
        ftp_root_chmod(&session->root, path, (mode_t)mode & 0777); /* nobody gets an s-bit */
    if (failed == FTP_OK)
        ftp_reply_text(session, FTP_SAY_DONE, "Mode %03o", (unsigned)mode & 0777);
    else
        ftp_reply_error(session, failed);
}

void ftp_run_site(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    const char *chmod = ftp_request_behind(argument, "CHMOD");
    (void)verb;
    if (chmod) {
        change_mode(session, chmod);
    } else if (ftp_request_is(argument, "HELP")) {
        ftp_reply_begin(session, FTP_SAY_HELP, "SITE knows");
        ftp_reply_line(session, "CHMOD MODE FILE: who may read and write it");
        ftp_reply_line(session, "HELP: this");
        ftp_reply_end(session, FTP_SAY_HELP, NULL);
    } else {
        ftp_reply_text(session, FTP_SAY_NOT_FOR_THAT, "SITE knows CHMOD and HELP");
    }
}
