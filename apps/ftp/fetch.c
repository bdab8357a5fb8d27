/* Downloads. */
#include "fetch.h"

#include "facts.h"
#include "ftpd/hash.h"
#include "interrupt.h"
#include "meter.h"
#include "options.h"

#include <stdio.h>
#include <string.h>

int ftp_fetch_open(struct ftp_fetch *fetch, const char *from, int folder, const char *name,
                   bool resume, struct pb_error *error)
{
    *fetch = (struct ftp_fetch){.from = from, .resume = resume, .time = -1};
    return ftp_part_open(&fetch->part, folder, name, resume, error);
}

/* Is a hash worth its while? A cipher with integrity vouches for a transfer from the first byte to
 * END; it knows nothing of bytes that were there before. */
static bool wants_hash(const struct ftp_remote *remote, const struct ftp_fetch *fetch)
{
    return remote->hash && ftp_hash_available() && !fetch->part.direct &&
           (!remote->carrier.integrity || fetch->part.have > 0);
}

/* One command more whose reply is due. */
static int say(struct ftp_remote *remote, struct ftp_fetch *fetch, const char *verb,
               struct pb_error *error)
{
    int result = ftp_remote_say(remote, error, "%s %s", verb, fetch->from);
    fetch->due += result == PB_OK;
    return result;
}

int ftp_fetch_say(struct ftp_remote *remote, struct ftp_fetch *fetch, struct pb_error *error)
{
    int result = PB_OK;
    if (fetch->said || !remote->carrier.kind->sealed || fetch->part.have > 0)
        return PB_OK;
    fetch->ask_size = !fetch->has_size && remote->size;
    fetch->ask_time = fetch->preserve && fetch->time < 0 && remote->mdtm;
    fetch->ask_hash = wants_hash(remote, fetch);
    if (fetch->ask_size)
        result = say(remote, fetch, "SIZE", error);
    if (result == PB_OK && fetch->ask_time)
        result = say(remote, fetch, "MDTM", error);
    if (result == PB_OK)
        result = say(remote, fetch, "RETR", error);
    if (result == PB_OK && fetch->ask_hash)
        result = say(remote, fetch, "HASH", error);
    if (result == PB_OK)
        result = ftp_remote_flush(remote, error);
    fetch->said = result == PB_OK;
    return result;
}

/* ---- what is known of it ---- */

static void hear_size(struct ftp_remote *remote, struct ftp_fetch *fetch)
{
    fetch->due--;
    fetch->has_size = ftp_remote_result(remote, "SIZE", NULL) == PB_OK &&
                      ftp_answer_number(&remote->reply, &fetch->size);
}

static void hear_time(struct ftp_remote *remote, struct ftp_fetch *fetch)
{
    fetch->due--;
    if (ftp_remote_result(remote, "MDTM", NULL) != PB_OK ||
        !ftp_facts_time(remote->reply.text, strcspn(remote->reply.text, " \n"), &fetch->time))
        fetch->time = -1;
}

/* One command after the other: in plain FTP, and to go on with a part. */
static int say_now(struct ftp_remote *remote, struct ftp_fetch *fetch, struct ftp_flow *flow,
                   struct pb_error *error)
{
    int result = PB_OK;
    uint64_t have = fetch->part.have;
    if (!fetch->has_size && remote->size) {
        if ((result = say(remote, fetch, "SIZE", error)) != PB_OK)
            return result;
        hear_size(remote, fetch);
    }
    if (fetch->preserve && fetch->time < 0 && remote->mdtm) {
        if ((result = say(remote, fetch, "MDTM", error)) != PB_OK)
            return result;
        hear_time(remote, fetch);
    }
    if (have > 0 && fetch->has_size && have > fetch->size)
        return pb_status_fail(error, PB_FILE,
                              "get %s: what is here is longer than what the server has (%llu and "
                              "%llu bytes): get it anew",
                              fetch->from, (unsigned long long)have,
                              (unsigned long long)fetch->size);
    fetch->ask_hash = wants_hash(remote, fetch);
    fetch->whole =
        have > 0 && fetch->has_size && have == fetch->size; /* nothing is missing but the checks */
    if (!fetch->whole) {
        if ((result = ftp_remote_prepare(remote, flow, error)) != PB_OK ||
            (have > 0 &&
             (result = ftp_remote_ask(remote, "the server cannot go on in the middle", error,
                                      "REST %llu", (unsigned long long)have)) != PB_OK) ||
            (result = say(remote, fetch, "RETR", error)) != PB_OK)
            return result;
    }
    if (fetch->ask_hash && remote->carrier.kind->sealed)
        result = say(remote, fetch, "HASH", error);
    return result;
}

/* ---- the data ---- */

static int write_part(void *context, const uint8_t *data, size_t size, struct pb_error *error)
{
    struct ftp_fetch *fetch = context;
    if (fetch->has_size &&
        atomic_load_explicit(&fetch->count, memory_order_relaxed) + size > fetch->size)
        return pb_status_fail(error, PB_FILE,
                              "the server sends more than the %llu bytes that it said",
                              (unsigned long long)fetch->size);
    return ftp_part_write(&fetch->part, data, size, error);
}

static bool carry_on(void *context)
{
    (void)context;
    return !ftp_interrupt_came();
}

/* PB_REFUSED: it differs, or cannot be known. */
static int verify(struct ftp_remote *remote, struct ftp_fetch *fetch, struct pb_error *error)
{
    char theirs[65], ours[FTP_HASH_TEXT_MAX];
    uint64_t size = atomic_load(&fetch->count);
    if (fetch->has_size && size != fetch->size)
        return pb_status_fail(error, PB_TRUNCATED, "get %s: not complete: %llu of %llu bytes",
                              fetch->from, (unsigned long long)size,
                              (unsigned long long)fetch->size);
    if (!fetch->ask_hash) {
        if (fetch->part.have > 0)
            pb_options_say("warning: this server has no HASH: whether both parts of %s belong "
                           "together is not known",
                           fetch->part.name);
        return PB_OK;
    }
    fetch->due--;
    unsigned patience = remote->seconds;
    remote->seconds =
        patience ? patience + (unsigned)(size >> 25) : 0; /* 32 MiB a second are little */
    int result = ftp_remote_result(remote, "the server's HASH", error);
    remote->seconds = patience;
    if (result != PB_OK)
        return result;
    if (!ftp_answer_sha256(&remote->reply, theirs))
        return ftp_remote_refused(remote, "this makes no sense as an answer to HASH", error);
    if (ftp_hash_range(fetch->part.fd, 0, size, ours, carry_on, NULL) != FTP_OK)
        return pb_status_fail(error, ftp_interrupt_came() ? PB_INTERRUPTED : PB_FILE,
                              "get %s: cannot be verified", fetch->from);
    if (strcmp(theirs, ours) != 0)
        return pb_status_fail(
            error, PB_BROKEN, "get %s: what came is not what the server has (SHA-256 differs)%s",
            fetch->from,
            fetch->part.have > 0 ? ": the file has changed meanwhile, get it anew" : "");
    return PB_OK;
}

static int move(struct ftp_remote *remote, struct ftp_fetch *fetch, struct ftp_flow *flow,
                struct pb_error *error)
{
    char what[FTP_REMOTE_PATH_MAX + 8];
    snprintf(what, sizeof what, "get %s", fetch->from);
    fetch->due--;
    ftp_meter_start(fetch->part.name, fetch->has_size ? fetch->size : UINT64_MAX, &fetch->count);
    int result = ftp_remote_receive(remote, flow, write_part, fetch, &fetch->count, what, error);
    ftp_meter_stop();
    return result;
}

int ftp_fetch_take(struct ftp_remote *remote, struct ftp_fetch *fetch, struct pb_error *error)
{
    struct ftp_flow flow = {.fd = -1};
    int result = PB_OK;
    atomic_store(&fetch->count, fetch->part.have);
    if (!fetch->said)
        result = say_now(remote, fetch, &flow, error);
    else if (fetch->ask_size)
        hear_size(remote, fetch);
    if (fetch->said && fetch->ask_time)
        hear_time(remote, fetch);
    if (result == PB_OK && !fetch->whole)
        result = move(remote, fetch, &flow, error);
    else if (flow.kind)
        flow.kind->leave(&flow, true);
    if (result == PB_OK && fetch->ask_hash && fetch->due == 0)
        result = say(remote, fetch, "HASH", error);
    if (result == PB_OK)
        result = verify(remote, fetch, error);
    ftp_remote_tidy(remote, fetch->due);
    fetch->due = 0;
    if (result == PB_OK)
        result = ftp_part_finish(&fetch->part, fetch->preserve ? fetch->time : -1, error);
    bool wrong = result == PB_BROKEN; /* nobody may go on with it */
    if (ftp_part_close(&fetch->part, wrong) && result != PB_OK)
        pb_options_say("what came of it is kept: 'reget' goes on from there");
    return wrong ? PB_FILE : result;
}

void ftp_fetch_close(struct ftp_fetch *fetch)
{
    if (fetch->part.fd >= 0 || fetch->part.folder >= 0)
        ftp_part_close(&fetch->part, false);
}
