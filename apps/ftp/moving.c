/* The data of transfers: 150, the stream, its end, the final reply. */
#include "interrupt.h"
#include "remote.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    LOOK = 500,     /* milliseconds between two looks at the clock and at Ctrl-C */
    LAST_WORDS = 5, /* seconds for the rest of a stream when the final reply is there already */
};

static int64_t seconds_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

/* ---- plain FTP: where to ---- */

int ftp_remote_prepare(struct ftp_remote *remote, struct ftp_flow *flow, struct pb_error *error)
{
    *flow = (struct ftp_flow){.fd = -1};
    if (remote->carrier.kind->sealed)
        return PB_OK;
    struct pb_error why = {0};
    unsigned char ignored[4];
    uint16_t port = 0;
    int result = PB_REFUSED;
    if (remote->epsv) {
        result = ftp_remote_ask(remote, "EPSV", &why, "EPSV");
        if (result == PB_OK &&
            (remote->reply.code != 229 || !ftp_answer_229(remote->reply.text, &port)))
            result = PB_REFUSED;
        if (result != PB_OK && !remote->gone)
            remote->epsv = false;
    }
    if (result != PB_OK && !remote->gone) {
        result = ftp_remote_ask(remote, "the server has no port for data", error, "PASV");
        if (result == PB_OK &&
            (remote->reply.code != 227 || !ftp_answer_227(remote->reply.text, ignored, &port)))
            result = ftp_remote_refused(remote, "this makes no sense as an answer to PASV", error);
    }
    if (remote->gone)
        return pb_status_fail(error, PB_TRUNCATED, "%s", why.text);
    if (result == PB_OK)
        result = remote->carrier.kind->open(&remote->carrier, flow, port, error);
    return result;
}

/* ---- during a transfer ---- */

struct moving {
    struct ftp_remote *remote;
    struct ftp_flow *flow;
    int64_t last; /* when something moved last */
    bool replied; /* the final reply is there, in remote->reply */
    struct pb_error *error;
};

/* Waits a moment for the stream; hears meanwhile what the server says. PB_OK: go on. */
static int pause_for(struct moving *moving)
{
    struct ftp_remote *remote = moving->remote;
    const struct ftp_carrier_kind *kind = remote->carrier.kind;
    bool listen = !moving->replied && !remote->gone;
    if (ftp_interrupt_came())
        return pb_status_fail(moving->error, PB_INTERRUPTED, "interrupted");
    int ready = kind->await(moving->flow, listen ? kind->fd(&remote->carrier) : -1, LOOK);
    if (ready & PB_READY_OTHER) {
        int result =
            ftp_answer_take(&remote->reply, &remote->came, &remote->came_size, moving->error);
        if (result == PB_AGAIN)
            result = kind->fetch(&remote->carrier, &remote->came, &remote->came_size, NULL);
        if (result == PB_OK && remote->came_size > 0)
            result =
                ftp_answer_take(&remote->reply, &remote->came, &remote->came_size, moving->error);
        if (result == PB_OK && remote->reply.code >= 200)
            moving->replied = true;
        else if (result != PB_OK && result != PB_AGAIN)
            remote->gone = true;
        if (moving->replied || remote->gone)
            moving->last = seconds_now();
    }
    if (ready & PB_READY_MESSAGE)
        return PB_OK;
    unsigned patience = moving->replied || remote->gone ? LAST_WORDS : remote->seconds;
    if (patience && seconds_now() - moving->last > (int64_t)patience)
        return pb_status_fail(moving->error, PB_TIMEOUT, "nothing has moved for %u seconds",
                              patience);
    return PB_OK;
}

static int receive_all(struct moving *moving, ftp_remote_sink *sink, void *context,
                       atomic_uint_least64_t *count)
{
    struct ftp_flow *flow = moving->flow;
    const uint8_t *data;
    size_t size;
    int result;
    for (;;) {
        result = flow->kind->receive(flow, &data, &size, moving->error);
        if (result == PB_OK) {
            if ((result = sink(context, data, size, moving->error)) != PB_OK)
                return result;
            if (count)
                atomic_fetch_add_explicit(count, size, memory_order_relaxed);
            moving->last = seconds_now();
            if (ftp_interrupt_came())
                return pb_status_fail(moving->error, PB_INTERRUPTED, "interrupted");
        } else if (result == PB_AGAIN) {
            if ((result = pause_for(moving)) != PB_OK)
                return result;
        } else {
            break;
        }
    }
    if (result != PB_ENDED)
        return result;
    (void)!flow->kind->end(flow, NULL); /* the answer to END; if it is lost, the reply tells */
    return PB_OK;
}

/* The server's END says that all has arrived. Plain: its close, which may come later than the
 * reply. */
static int await_end(struct moving *moving)
{
    struct ftp_flow *flow = moving->flow;
    const uint8_t *data;
    size_t size;
    int result;
    if (!flow->kind->sealed)
        return PB_OK;
    while ((result = flow->kind->receive(flow, &data, &size, moving->error)) == PB_OK ||
           result == PB_AGAIN)
        if (result == PB_AGAIN && (result = pause_for(moving)) != PB_OK)
            return result;
    return result == PB_ENDED ? PB_OK : result;
}

static int send_all(struct moving *moving, int fd, atomic_uint_least64_t *count)
{
    struct ftp_flow *flow = moving->flow;
    const uint8_t *data;
    size_t size;
    int result;
    for (;;) {
        uint8_t *room = flow->kind->room(flow);
        if (!room)
            return pb_status_fail(moving->error, PB_SYSTEM, "no memory for a transfer");
        ssize_t got = read(fd, room, FTP_CARRIER_BLOCK);
        if (got < 0 && errno == EINTR && !ftp_interrupt_came())
            continue;
        if (ftp_interrupt_came())
            return pb_status_fail(moving->error, PB_INTERRUPTED, "interrupted");
        if (got < 0)
            return pb_status_fail(moving->error, PB_FILE, "it cannot be read: %s", strerror(errno));
        if (got == 0)
            break;
        if ((result = flow->kind->give(flow, (size_t)got, moving->error)) != PB_OK)
            return result;
        atomic_fetch_add_explicit(count, (uint_least64_t)got, memory_order_relaxed);
        moving->last = seconds_now();
        /* A server that gives up says so: no need to push the rest of 4 GiB at it. */
        if (flow->kind->sealed &&
            (result = flow->kind->receive(flow, &data, &size, moving->error)) != PB_AGAIN)
            return result == PB_OK || result == PB_ENDED
                       ? pb_status_fail(moving->error, PB_TRUNCATED,
                                        "the server ended the transfer")
                       : result;
    }
    if ((result = flow->kind->end(flow, moving->error)) != PB_OK)
        return result;
    return await_end(moving);
}

/* ---- round the data ---- */

/* ABOR: the transfer's own reply and that of ABOR come, in this order. */
static void cancel(struct moving *moving)
{
    struct ftp_remote *remote = moving->remote;
    int replies = moving->replied ? 1 : 2;
    remote->gathered_size = 0;
    if (remote->gone || ftp_remote_say(remote, NULL, "ABOR") != PB_OK ||
        ftp_remote_flush(remote, NULL) != PB_OK)
        return;
    moving->flow->kind->leave(moving->flow, true);
    while (replies > 0 && ftp_remote_hear(remote, NULL) == PB_OK)
        replies -= remote->reply.code >= 200;
}

/* 150, or a refusal; sealed: joins. */
static int begin(struct ftp_remote *remote, struct ftp_flow *flow, const char *what,
                 struct pb_error *error)
{
    int result = ftp_remote_hear(remote, error);
    if (result != PB_OK)
        return result;
    if (remote->reply.code >= 400)
        return ftp_remote_refused(remote, what, error);
    if (remote->reply.code >= 200)
        return pb_status_fail(error, PB_TRUNCATED,
                              "%s: the server says it is done, but there were no data", what);
    if (!remote->carrier.kind->sealed)
        return PB_OK;
    struct pb_error why = {0};
    if (remote->carrier.kind->open(&remote->carrier, flow, 0, &why) == PB_OK)
        return PB_OK;
    (void)!ftp_remote_result(remote, what, NULL);
    return pb_status_fail(error, PB_TRUNCATED, "%s: %s", what, why.text);
}

/* What is to be said of a transfer of which `result` and `why` is known here, and how the server
 * sees it. */
static int conclude(struct moving *moving, int result, const struct pb_error *why, const char *what,
                    struct pb_error *error)
{
    struct ftp_remote *remote = moving->remote;
    struct pb_error reply = {0};
    if (result == PB_TIMEOUT)
        remote->gone = true; /* whoever does not move does not answer either */
    if (result == PB_INTERRUPTED || result == PB_FILE || result == PB_TIMEOUT) {
        cancel(moving);
        moving->flow->kind->leave(moving->flow, true);
        return pb_status_fail(error, result, "%s: %s", what, why->text);
    }
    moving->flow->kind->leave(moving->flow, result != PB_OK);
    int said = moving->replied ? PB_OK : ftp_remote_result(remote, what, &reply);
    if (moving->replied && remote->reply.code >= 400)
        said = ftp_remote_refused(remote, what, &reply);
    if (remote->carrier.kind->sealed)
        pb_channel_forget_offers(remote->carrier.channel);
    if (said != PB_OK)
        return pb_status_fail(error, said, "%s", reply.text);
    if (result != PB_OK)
        return pb_status_fail(error, result, "%s: not complete: %s", what, why->text);
    return PB_OK;
}

int ftp_remote_receive(struct ftp_remote *remote, struct ftp_flow *flow, ftp_remote_sink *sink,
                       void *context, atomic_uint_least64_t *count, const char *what,
                       struct pb_error *error)
{
    struct pb_error why = {0};
    struct moving moving = {.remote = remote, .flow = flow, .error = &why};
    int result = begin(remote, flow, what, error);
    if (result != PB_OK) {
        if (flow->kind)
            flow->kind->leave(flow, true);
        return result;
    }
    moving.last = seconds_now();
    result = receive_all(&moving, sink, context, count);
    return conclude(&moving, result, &why, what, error);
}

int ftp_remote_send(struct ftp_remote *remote, struct ftp_flow *flow, int fd,
                    atomic_uint_least64_t *count, const char *what, struct pb_error *error)
{
    struct pb_error why = {0};
    struct moving moving = {.remote = remote, .flow = flow, .error = &why};
    int result = begin(remote, flow, what, error);
    if (result != PB_OK) {
        if (flow->kind)
            flow->kind->leave(flow, true);
        return result;
    }
    moving.last = seconds_now();
    result = send_all(&moving, fd, count);
    return conclude(&moving, result, &why, what, error);
}

int ftp_remote_collect(struct ftp_remote *remote, ftp_remote_sink *sink, void *context,
                       const char *what, struct pb_error *error, const char *format, ...)
{
    char command[FTP_REMOTE_PATH_MAX + 64];
    struct ftp_flow flow;
    va_list list;
    va_start(list, format);
    int size = vsnprintf(command, sizeof command, format, list);
    va_end(list);
    if (size < 0 || (size_t)size >= sizeof command)
        return pb_status_fail(error, PB_USAGE, "%s: the name is too long", what);
    if (strpbrk(command, "\r\n"))
        return pb_status_fail(error, PB_USAGE,
                              "a name with a line break in it cannot be sent: nothing was");
    int result = ftp_remote_prepare(remote, &flow, error);
    if (result == PB_OK)
        result = ftp_remote_say(remote, error, "%s", command);
    if (result == PB_OK)
        return ftp_remote_receive(remote, &flow, sink, context, NULL, what, error);
    if (flow.kind)
        flow.kind->leave(&flow, true);
    return result;
}

void ftp_remote_tidy(struct ftp_remote *remote, int replies)
{
    while (replies > 0 && !remote->gone && ftp_remote_hear(remote, NULL) == PB_OK) {
        struct ftp_flow flow;
        if (remote->reply.code >= 200)
            replies--;
        else if (remote->carrier.kind->sealed &&
                 remote->carrier.kind->open(&remote->carrier, &flow, 0, NULL) == PB_OK)
            flow.kind->leave(&flow, true);
    }
}
