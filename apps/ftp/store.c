/* Uploads. */
#include "store.h"

#include "ftpd/hash.h"
#include "interrupt.h"
#include "meter.h"
#include "options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct storing {
    struct ftp_remote *remote;
    const struct ftp_store *store;
    int fd;
    uint64_t size;   /* of the file here, when it was opened */
    uint64_t offset; /* bytes that the server has already */
    int due;         /* replies that are to come */
    bool ask_size, ask_hash;
    struct timespec time;
    atomic_uint_least64_t count;
};

static int open_file(struct storing *storing, struct pb_error *error)
{
    const struct ftp_store *store = storing->store;
    struct stat status;
    storing->fd =
        openat(store->folder, store->from,
               O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (store->follow ? 0 : O_NOFOLLOW));
    if (storing->fd < 0)
        return pb_status_fail(error, PB_FILE, "put %s: %s", store->from, strerror(errno));
    if (fstat(storing->fd, &status) < 0 || !S_ISREG(status.st_mode))
        return pb_status_fail(error, PB_FILE, "put %s: %s", store->from,
                              S_ISDIR(status.st_mode) ? "that is a folder (put -r)"
                                                      : "that is no regular file");
    storing->size = (uint64_t)status.st_size;
    storing->time = status.st_mtim;
    return PB_OK;
}

static bool carry_on(void *context)
{
    (void)context;
    return !ftp_interrupt_came();
}

/* Hears the answer to a HASH, and compares: the server's file with our first `size` bytes. */
static int compare(struct storing *storing, uint64_t size, const char *otherwise,
                   struct pb_error *error)
{
    char theirs[65], ours[FTP_HASH_TEXT_MAX];
    struct ftp_remote *remote = storing->remote;
    unsigned patience = remote->seconds;
    remote->seconds = patience ? patience + (unsigned)(size >> 25) : 0;
    int result = ftp_remote_result(remote, "the server's HASH", error);
    remote->seconds = patience;
    if (result != PB_OK)
        return result;
    if (!ftp_answer_sha256(&remote->reply, theirs))
        return ftp_remote_refused(remote, "this makes no sense as an answer to HASH", error);
    if (ftp_hash_range(storing->fd, 0, size, ours, carry_on, NULL) != FTP_OK)
        return pb_status_fail(error, ftp_interrupt_came() ? PB_INTERRUPTED : PB_FILE,
                              "put %s: cannot be verified", storing->store->from);
    return strcmp(theirs, ours) == 0
               ? PB_OK
               : pb_status_fail(error, PB_FILE, "put %s: %s", storing->store->from, otherwise);
}

/* How much is there, and is it the beginning of ours? */
static int find_offset(struct storing *storing, struct pb_error *error)
{
    struct ftp_remote *remote = storing->remote;
    const char *to = storing->store->to;
    int result = ftp_remote_ask(remote, "SIZE", NULL, "SIZE %s", to);
    if (result == PB_REFUSED)
        return PB_OK; /* nothing is there */
    if (result != PB_OK || !ftp_answer_number(&remote->reply, &storing->offset))
        return pb_status_fail(error, result == PB_OK ? PB_PROTOCOL : result,
                              "reput %s: its size is not known", to);
    if (storing->offset > storing->size)
        return pb_status_fail(
            error, PB_FILE,
            "reput %s: what the server has is longer (%llu and %llu bytes): put it anew", to,
            (unsigned long long)storing->offset, (unsigned long long)storing->size);
    if (storing->offset == 0)
        return PB_OK;
    if (!remote->hash || !ftp_hash_available()) {
        pb_options_say("warning: this server has no HASH: whether both parts of %s belong together "
                       "is not known",
                       to);
    } else {
        if ((result = ftp_remote_say(remote, error, "HASH %s", to)) != PB_OK)
            return result;
        result = compare(storing, storing->offset,
                         "what the server has is not the beginning of it: put it anew", error);
    }
    if (result == PB_OK && lseek(storing->fd, (off_t)storing->offset, SEEK_SET) < 0)
        result =
            pb_status_fail(error, PB_FILE, "put %s: %s", storing->store->from, strerror(errno));
    return result;
}

static int say(struct storing *storing, const char *verb, struct pb_error *error)
{
    int result = ftp_remote_say(storing->remote, error, "%s %s", verb, storing->store->to);
    storing->due += result == PB_OK;
    return result;
}

static int say_checks(struct storing *storing, struct pb_error *error)
{
    int result = PB_OK;
    if (storing->ask_size)
        result = say(storing, "SIZE", error);
    if (result == PB_OK && storing->ask_hash)
        result = say(storing, "HASH", error);
    return result;
}

static int verify(struct storing *storing, struct pb_error *error)
{
    struct ftp_remote *remote = storing->remote;
    uint64_t sent = atomic_load(&storing->count), there;
    int result = PB_OK;
    if (storing->ask_size) {
        storing->due--;
        result = ftp_remote_result(remote, "SIZE", NULL);
        if (result == PB_OK && (!ftp_answer_number(&remote->reply, &there) || there != sent))
            return pb_status_fail(
                error, PB_FILE,
                "put %s: %llu bytes were sent, but the server has another number: %.60s",
                storing->store->from, (unsigned long long)sent, remote->reply.text);
        if (result != PB_OK && result != PB_REFUSED)
            return pb_status_fail(error, result, "put %s: the server is gone",
                                  storing->store->from);
    }
    if (!storing->ask_hash)
        return PB_OK;
    storing->due--;
    return compare(storing, sent, "what the server has now is not what was sent (SHA-256 differs)",
                   error);
}

static int move(struct storing *storing, struct pb_error *error)
{
    struct ftp_remote *remote = storing->remote;
    struct ftp_flow flow;
    char what[FTP_REMOTE_PATH_MAX + 8];
    bool ahead = remote->carrier.kind->sealed;
    snprintf(what, sizeof what, "put %s", storing->store->from);
    int result = ftp_remote_prepare(remote, &flow, error);
    if (result == PB_OK && storing->offset > 0)
        result = ftp_remote_ask(remote, "the server cannot go on in the middle", error, "REST %llu",
                                (unsigned long long)storing->offset);
    if (result == PB_OK && (result = say(storing, "STOR", error)) == PB_OK && ahead)
        result = say_checks(storing, error);
    if (result != PB_OK) {
        if (flow.kind)
            flow.kind->leave(&flow, true);
        return result;
    }
    storing->due--;
    ftp_meter_start(storing->store->from, storing->size, &storing->count);
    result = ftp_remote_send(remote, &flow, storing->fd, &storing->count, what, error);
    ftp_meter_stop();
    return result == PB_OK && !ahead ? say_checks(storing, error) : result;
}

static void keep_time(struct storing *storing)
{
    struct tm when;
    char text[20];
    gmtime_r(&storing->time.tv_sec, &when);
    strftime(text, sizeof text, "%Y%m%d%H%M%S", &when);
    if (ftp_remote_ask(storing->remote, "MFMT", NULL, "MFMT %s %s", text, storing->store->to) !=
        PB_OK)
        pb_options_say("warning: the server did not set the time of %s", storing->store->to);
}

int ftp_store_run(struct ftp_remote *remote, const struct ftp_store *store, struct pb_error *error)
{
    struct storing storing = {.remote = remote, .store = store, .fd = -1};
    int result = strpbrk(store->to, "\r\n")
                     ? pb_status_fail(error, PB_USAGE,
                                      "a name with a line break in it cannot be sent: nothing was")
                     : open_file(&storing, error);
    if (result == PB_OK && store->resume)
        result = find_offset(&storing, error);
    atomic_store(&storing.count, storing.offset);
    storing.ask_size = remote->size;
    storing.ask_hash = remote->hash && ftp_hash_available() && !remote->carrier.integrity;
    if (result == PB_OK && (storing.offset == 0 || storing.offset < storing.size)) {
        result = move(&storing, error);
        if (result == PB_OK)
            result = verify(&storing, error);
    }
    ftp_remote_tidy(remote, storing.due);
    if (result == PB_OK && store->preserve && remote->mfmt)
        keep_time(&storing);
    if (storing.fd >= 0)
        close(storing.fd);
    return result;
}
