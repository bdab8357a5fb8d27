/* What kind of server this is, and facts about files. */
#include "session.h"

#include "handlers.h"
#include "hash.h"
#include "request.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- facts about a file ---- */

/* A part that a killed session left becomes visible first. False: the reply has been said. */
static bool find_file(struct ftp_session *session, const char *argument, char path[FTP_PATH_MAX],
                      struct stat *status)
{
    if (!ftp_place_path(session, argument, path))
        return false;
    enum ftp_error failed = ftp_root_stat(&session->root, path, status);
    if (failed == FTP_NOT_THERE) {
        ftp_upload_rescue(&session->root, path);
        failed = ftp_root_stat(&session->root, path, status);
    }
    if (failed == FTP_OK && !S_ISREG(status->st_mode))
        failed = FTP_NOT_A_FILE;
    if (failed != FTP_OK)
        ftp_reply_error(session, failed);
    return failed == FTP_OK;
}

void ftp_run_size(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    char path[FTP_PATH_MAX];
    struct stat status;
    (void)verb;
    if (session->ascii)
        ftp_reply_text(session, FTP_SAY_REFUSED,
                       "In TYPE A it would have to be counted: use TYPE I");
    else if (find_file(session, argument, path, &status))
        ftp_reply_text(session, FTP_SAY_FILE_STATUS, "%llu", (unsigned long long)status.st_size);
}

void ftp_run_mdtm(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    char path[FTP_PATH_MAX], when[FTP_TIME_MAX];
    struct stat status;
    (void)verb;
    if (!find_file(session, argument, path, &status))
        return;
    ftp_listing_time(when, status.st_mtime);
    ftp_reply_text(session, FTP_SAY_FILE_STATUS, "%s", when);
}

/* 213 SHA-256 0-SIZE HASH NAME (draft-bryan-ftpext-hash). */
void ftp_run_hash(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    char path[FTP_PATH_MAX], text[FTP_HASH_TEXT_MAX];
    struct stat status;
    int fd;
    (void)verb;
    if (!ftp_hash_available()) {
        ftp_reply(session, FTP_SAY_NOT_IMPLEMENTED);
        return;
    }
    if (!find_file(session, argument, path, &status))
        return;
    enum ftp_error failed = ftp_root_read(&session->root, path, &fd, &status);
    if (failed == FTP_OK) {
        failed = ftp_hash_range(fd, 0, (uint64_t)status.st_size, text, NULL, NULL);
        close(fd);
    }
    if (failed == FTP_OK)
        ftp_reply_text(session, FTP_SAY_FILE_STATUS, "SHA-256 0-%llu %s %s",
                       (unsigned long long)status.st_size, text, argument);
    else
        ftp_reply_error(session, failed);
}

/* ---- about the server ---- */

void ftp_run_syst(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    (void)verb;
    (void)argument;
    ftp_reply(session, FTP_SAY_SYSTEM);
}

void ftp_run_feat(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    char facts[FTP_FACTS_TEXT_MAX];
    (void)verb;
    (void)argument;
    ftp_listing_feature(facts, session->facts);
    ftp_reply_begin(session, FTP_SAY_STATUS,
                    session->transport->sealed
                        ? "What this server can do; all of it is sealed, AUTH is not needed"
                        : "What this server can do");
    if (!session->transport->sealed) {
        ftp_reply_line(session, "EPRT");
        ftp_reply_line(session, "EPSV");
    }
    if (ftp_hash_available())
        ftp_reply_line(session, "HASH SHA-256*");
    ftp_reply_line(session, "MDTM");
    ftp_reply_line(session, "MFMT");
    ftp_reply_line(session, "MLST %s", facts);
    ftp_reply_line(session, "REST STREAM");
    ftp_reply_line(session, "SIZE");
    ftp_reply_line(session, "TVFS");
    ftp_reply_line(session, "UTF8");
    ftp_reply_end(session, FTP_SAY_STATUS, NULL);
}

void ftp_run_opts(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    char facts[FTP_FACTS_TEXT_MAX];
    const char *wanted =
        ftp_request_is(argument, "MLST") ? "" : ftp_request_behind(argument, "MLST");
    (void)verb;
    if (ftp_request_is(argument, "UTF8 ON") || ftp_request_is(argument, "UTF8") ||
        ftp_request_is(argument, "UTF-8 ON")) {
        ftp_reply_text(session, FTP_SAY_DONE, "Names are bytes, as they are: UTF-8 passes");
    } else if (wanted) {
        session->facts = ftp_listing_choose(wanted, facts);
        ftp_reply_text(session, FTP_SAY_DONE, "MLST OPTS %s", facts);
    } else if (ftp_request_is(argument, "HASH") || ftp_request_is(argument, "HASH SHA-256")) {
        ftp_reply_text(session, FTP_SAY_DONE, "SHA-256");
    } else {
        ftp_reply_text(session, FTP_SAY_BAD_ARGUMENT, "OPTS knows UTF8 ON, MLST and HASH SHA-256");
    }
}

void ftp_run_clnt(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    (void)verb;
    (void)argument;
    ftp_reply_text(session, FTP_SAY_DONE, "Noted");
}

void ftp_run_noop(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    (void)verb;
    (void)argument;
    ftp_reply(session, FTP_SAY_DONE);
}

void ftp_run_not_needed(struct ftp_session *session, const struct ftp_verb *verb,
                        const char *argument)
{
    (void)verb;
    (void)argument;
    ftp_reply(session, FTP_SAY_NOT_NEEDED);
}

void ftp_run_not_here(struct ftp_session *session, const struct ftp_verb *verb,
                      const char *argument)
{
    (void)argument;
    ftp_reply_text(session, FTP_SAY_NOT_IMPLEMENTED, "%s is not done here", verb->name);
}

void ftp_run_auth(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    (void)argument;
    if (session->transport->sealed)
        ftp_reply_text(session, FTP_SAY_NOT_IMPLEMENTED,
                       "%s is not needed: this session is sealed from its first byte", verb->name);
    else
        ftp_reply_text(session, FTP_SAY_NOT_IMPLEMENTED,
                       "No %s: this server speaks in clear; use plugboard ftp with a sealed one",
                       verb->name);
}

/* ---- HELP ---- */

void ftp_run_help(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    (void)verb;
    if (*argument) {
        const struct ftp_verb *one = ftp_verb_find(argument);
        if (one)
            ftp_reply_text(session, FTP_SAY_HELP, "%s %s", one->name, one->help);
        else
            ftp_reply_text(session, FTP_SAY_BAD_ARGUMENT, "There is no command %.40s", argument);
        return;
    }
    ftp_reply_begin(session, FTP_SAY_HELP, "These commands are known");
    for (size_t i = 0; i < ftp_verb_count; i++)
        if (!(ftp_verbs[i].rules & FTP_RULE_HIDDEN))
            ftp_reply_line(session, "%-4s %s", ftp_verbs[i].name, ftp_verbs[i].help);
    ftp_reply_end(session, FTP_SAY_HELP, NULL);
}
