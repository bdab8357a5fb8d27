/* What is there: over a data connection, or in a reply. */
#include "session.h"

#include "clock.h"
#include "handlers.h"

#include <stdio.h>
#include <string.h>

/* ---- LIST, NLST, MLSD ---- */

/* Lines gathered to blocks. */
struct gather {
    struct ftp_session *session;
    uint8_t *room;
    size_t used;
    int status;
    struct pb_error error;
};

static int send_gathered(struct gather *gather)
{
    if (gather->used > 0 && gather->status == PB_OK)
        gather->status = ftp_transfer_send(gather->session, gather->used, &gather->error);
    gather->used = 0;
    gather->room = NULL;
    return gather->status;
}

static int put(void *context, const char *line, size_t size)
{
    struct gather *gather = context;
    if (gather->used + size > FTP_BLOCK && send_gathered(gather) != PB_OK)
        return -1;
    if (!gather->room &&
        !(gather->room = gather->session->transport->verbs->room(gather->session->transport))) {
        gather->status = pb_status_fail(&gather->error, PB_SYSTEM, "no memory");
        return -1;
    }
    memcpy(gather->room + gather->used, line, size);
    gather->used += size;
    return 0;
}

/* "-la name": flags that people type from habit are no names, unless there is something of that
 * name. */
static const char *skip_flags(const struct ftp_session *session, const char *argument)
{
    char path[FTP_PATH_MAX];
    struct stat status;
    while (*argument == '-' && argument[1]) {
        size_t length = 1 + strspn(argument + 1, "aAlLCFRrtTSdn1");
        if (argument[length] && argument[length] != ' ')
            break;
        if (ftp_root_join(path, session->cwd, argument) == FTP_OK &&
            ftp_root_stat(&session->root, path, &status) == FTP_OK)
            break;
        argument += length;
        argument += strspn(argument, " ");
    }
    return argument;
}

static enum ftp_listing_form form_of(const struct ftp_verb *verb)
{
    return verb->name[0] == 'L'   ? FTP_LISTING_LIST
           : verb->name[0] == 'N' ? FTP_LISTING_NLST
                                  : FTP_LISTING_MLSD;
}

void ftp_run_list(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    struct ftp_listing listing;
    struct gather gather = {.session = session};
    enum ftp_listing_form form = form_of(verb);
    if (form != FTP_LISTING_MLSD)
        argument = skip_flags(session, argument);
    enum ftp_error failed =
        ftp_listing_open(&listing, &session->root, session->cwd, argument, form, session->facts);
    if (failed == FTP_NOT_A_FOLDER && form == FTP_LISTING_MLSD) {
        ftp_reply_text(session, FTP_SAY_BAD_ARGUMENT,
                       "That is no folder: use MLST"); /* RFC 3659, 7.2.1 */
        return;
    }
    if (failed != FTP_OK) {
        ftp_reply_error(session, failed);
        return;
    }
    if (ftp_transfer_open(session, verb->name, listing.path, false,
                          "Here it comes, times are UTC")) {
        failed = ftp_listing_send(&listing, put, &gather, NULL);
        if (gather.status == PB_OK && failed == FTP_OK && send_gathered(&gather) == PB_OK)
            gather.status = session->transport->verbs->end(session->transport, true, &gather.error);
        ftp_transfer_close(session, gather.status, gather.status == PB_OK ? failed : FTP_OK, NULL);
    }
    ftp_listing_close(&listing);
}

/* ---- in a reply ---- */

struct fact_line {
    char text[FTP_PATH_MAX + 512];
    size_t size;
};

static int keep_line(void *context, const char *line, size_t size)
{
    struct fact_line *kept = context;
    if (size > sizeof kept->text)
        return -1;
    memcpy(kept->text, line, size);
    kept->size = size;
    return 0;
}

void ftp_run_mlst(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    char path[FTP_PATH_MAX];
    struct fact_line line;
    (void)verb;
    if (!ftp_place_path(session, argument, path))
        return;
    enum ftp_error failed =
        ftp_listing_one(&session->root, session->cwd, argument, session->facts, keep_line, &line);
    if (failed == FTP_NOT_THERE) { /* perhaps a killed session left it under another name */
        ftp_upload_rescue(&session->root, path);
        failed = ftp_listing_one(&session->root, session->cwd, argument, session->facts, keep_line,
                                 &line);
    }
    if (failed != FTP_OK) {
        ftp_reply_error(session, failed);
        return;
    }
    ftp_reply_begin(session, FTP_SAY_ACTION_DONE, "These are its facts");
    ftp_reply_raw(session, " ", 1);
    ftp_reply_raw(session, line.text, line.size);
    ftp_reply_end(session, FTP_SAY_ACTION_DONE, "End");
}

static void status_of_session(struct ftp_session *session)
{
    const struct ftp_transfer *transfer = &session->transfer;
    ftp_reply_begin(session, FTP_SAY_STATUS, "How things are");
    if (session->transport->sealed)
        ftp_reply_line(session, "This session is sealed by %s", session->about->cipher);
    else
        ftp_reply_line(session, "This session is in clear: everybody on the way can read it");
    ftp_reply_line(session, "From %s, logged in as %s%s", session->about->ip, session->user,
                   session->root.read_only ? ", read-only" : "");
    ftp_reply_line(session, "TYPE %s, MODE S, STRU F", session->ascii ? "A" : "I");
    if (transfer->verb)
        ftp_reply_line(session, "%s %s: %llu bytes in %lld s", transfer->verb, transfer->path,
                       (unsigned long long)transfer->bytes,
                       (long long)(pb_clock_now() - transfer->began) / 1000);
    else
        ftp_reply_line(session, "No transfer is under way");
    ftp_reply_end(session, FTP_SAY_STATUS, NULL);
}

void ftp_run_stat(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    struct ftp_listing listing;
    (void)verb;
    if (!*argument) {
        status_of_session(session);
        return;
    }
    argument = skip_flags(session, argument);
    enum ftp_error failed = ftp_listing_open(&listing, &session->root, session->cwd, argument,
                                             FTP_LISTING_LIST, session->facts);
    if (failed != FTP_OK) {
        ftp_reply_error(session, failed);
        return;
    }
    enum ftp_reply reply = listing.folder ? FTP_SAY_FOLDER_STATUS : FTP_SAY_FILE_STATUS;
    ftp_reply_begin(session, reply, "What is there");
    failed = ftp_listing_send(&listing, ftp_reply_raw, session, NULL);
    ftp_reply_end(session, reply, failed == FTP_OK ? NULL : ftp_error_text(failed));
    ftp_listing_close(&listing);
}
