/* One loop that accepts, forks, hears reports and buries the dead. It maps no plugin and reads
 * nothing that a client sends, so that there is nothing in it for anybody to break. */
#include "loop.h"

#include "clock.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ACCEPT_AT_ONCE     64   /* then the dead are buried, before more are born */
#define PAUSE_MS           100  /* when the kernel gives no more descriptors or processes */
#define HANDSHAKE_GRACE_MS 1000 /* for those who have not joined when the server stops */

void pb_loop_watch(const struct pb_listener *listener, int fd, void *whose)
{
    epoll_ctl(listener->epoll, EPOLL_CTL_ADD, fd,
              &(struct epoll_event){.events = EPOLLIN, .data.ptr = whose});
}

/* ---- what sessions report ---- */

/* Closing alone is not enough: a session that was forked meanwhile holds a copy until it has closed
 * it, and so long the kernel would go on to report events, for an entry that may be gone. */
static void deafen(struct pb_listener *listener, struct pb_live *live)
{
    if (live->report_fd >= 0) {
        epoll_ctl(listener->epoll, EPOLL_CTL_DEL, live->report_fd, NULL);
        close(live->report_fd);
    }
    live->report_fd = -1;
}

static void believe(struct pb_listener *listener, struct pb_live *live,
                    const struct pb_report *report)
{
    memcpy(live->cipher, report->cipher, sizeof live->cipher);
    memcpy(live->who, report->who, sizeof live->who);
    memcpy(live->claimed, report->claimed, sizeof live->claimed);
    if (report->kind == PB_REPORT_LOADING) {
        live->state = PB_LIVE_LOADING;
        live->public_key = strdup(report->public_key);
        return;
    }
    live->state = PB_LIVE_REFUSED;
    if (report->kind == PB_REPORT_REFUSED && report->code == PB_REFUSAL_NOT_ALLOWED)
        pb_refusedlist_note(&listener->server.visitors.refused, live->ip, report->cipher,
                            report->claimed, report->public_key, time(NULL));
    deafen(listener, live);
}

/* From LOADING on a plugin may speak in the session's place: only that it joined is taken from it.
 */
static void joined(struct pb_listener *listener, struct pb_live *live,
                   const struct pb_report *report)
{
    if (report->kind == PB_REPORT_JOINED && live->public_key) {
        live->state = PB_LIVE_JOINED;
        pb_clientlist_note(&listener->server.visitors.clients, live->ip, live->cipher, live->who,
                           live->public_key, time(NULL));
    }
    free(live->public_key);
    live->public_key = NULL;
    deafen(listener, live);
}

static void hear(struct pb_listener *listener, struct pb_live *live)
{
    static struct pb_report report;
    while (live->report_fd >= 0) {
        switch (pb_report_receive(live->report_fd, &report)) {
        case PB_REPORT_NONE:
            return;
        case PB_REPORT_CLOSED:
            deafen(listener, live);
            return;
        case PB_REPORT_ONE:
            break;
        }
        if (live->state == PB_LIVE_NEW)
            believe(listener, live, &report);
        else
            joined(listener, live, &report);
    }
}

/* ---- the end of sessions ---- */

static void title_of(const struct pb_live *live, char *title)
{
    pb_live_title(title, live->number, live->state, live->ip, live->cipher, live->who,
                  live->claimed);
}

static void bury(struct pb_listener *listener, struct pb_live *live, int status)
{
    char title[PB_LIVE_TITLE_MAX], how[160];
    hear(listener, live); /* what it said last may still be on its way */
    bool told_to_end =
        listener->stopping && WIFSIGNALED(status) && (live->killed || WTERMSIG(status) == SIGTERM);
    if (!told_to_end && pb_watch_epitaph(how, sizeof how, status, live->progress->verb,
                                         live->hung ? pb_watch_limit() : 0)) {
        title_of(live, title);
        pb_options_say("%s: %s", title, how);
    }
    deafen(listener, live);
    pb_live_remove(&listener->live, live);
}

static void bury_the_dead(struct pb_listener *listener)
{
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        struct pb_live *live = pb_live_find(&listener->live, pid);
        if (live)
            bury(listener, live, status);
    }
}

static int look_for_hangs(struct pb_listener *listener)
{
    int64_t now = pb_clock_now(), pause = pb_watch_limit() / 10;
    if (listener->live.count == 0)
        return -1;
    if (now - listener->looked < pause)
        return (int)(listener->looked + pause - now);
    listener->looked = now;
    for (size_t i = 0; i < listener->live.count; i++) {
        struct pb_live *live = listener->live.at[i];
        if (!live->hung && pb_watch_hangs(&live->watch, live->progress, now, pb_watch_limit()))
            live->hung = kill(live->pid, SIGKILL) == 0;
    }
    return (int)pause;
}

/* ---- the beginning ---- */

static void run_child(struct pb_listener *listener, int fd, const struct pb_live *live,
                      int report_fd)
{
    struct pb_served served = {
        .number = live->number, .fd = fd, .report_fd = report_fd, .progress = live->progress};
    memcpy(served.ip, live->ip, sizeof served.ip);
    pb_served_run(&listener->server, &served);
    _exit(0); /* what went wrong is in the log; another exit means that the plugin made it */
}

/* There is no handshake that could tell more, nor anything to report. */
static void say_cleartext(struct pb_live *live)
{
    live->state = PB_LIVE_JOINED;
    snprintf(live->who, sizeof live->who, "%s", live->ip);
    snprintf(live->cipher, sizeof live->cipher, "%s", PB_SERVED_CLEARTEXT);
}

static void begin(struct pb_listener *listener, int fd, const char *ip)
{
    int ends[2] = {-1, -1};
    struct pb_live *live = pb_live_add(&listener->live, ip);
    if (!live || pb_report_open(ends) < 0)
        goto failed;
    live->number = ++listener->sessions;
    if (listener->server.service->run_cleartext)
        say_cleartext(live);
    live->pid = fork();
    if (live->pid == 0)
        run_child(listener, fd, live, ends[1]);
    if (live->pid < 0)
        goto failed;
    close(fd);
    close(ends[1]);
    pb_watch_keep_apart(live->progress, sizeof *live->progress);
    live->report_fd = ends[0];
    pb_loop_watch(listener, ends[0], live);
    return;
failed:
    pb_options_say("%s: no session could be started: %s", ip, strerror(errno));
    for (int i = 0; i < 2; i++)
        if (ends[i] >= 0)
            close(ends[i]);
    if (live)
        pb_live_remove(&listener->live, live);
    pb_busy_tell(&listener->busy, fd, NULL, listener->server.service->busy);
}

static bool is_here(const char *ip)
{
    return strncmp(ip, "127.", 4) == 0 || strcmp(ip, "::1") == 0;
}

/* Everybody in a lesson at one machine shares 127.0.0.1: it counts only if somebody asked for it.
 */
static bool too_many(struct pb_listener *listener, const char *ip, char *sentence, size_t size)
{
    const struct pb_server_settings *settings = listener->server.settings;
    if (listener->live.count >= settings->max_sessions) {
        snprintf(sentence, size,
                 "this server has %u sessions, which is all it takes; try again later",
                 settings->max_sessions);
        return true;
    }
    if ((is_here(ip) && !settings->max_per_ip_given) ||
        pb_live_from(&listener->live, ip) < settings->max_per_ip)
        return false;
    snprintf(sentence, size,
             "this server has %u sessions with %s, which is all it takes; try again later",
             settings->max_per_ip, ip);
    return true;
}

static void accept_some(struct pb_listener *listener)
{
    char ip[PB_ADDRESS_MAX], sentence[PB_SENTENCE_MAX + 1];
    struct pb_error error = {0};
    uint16_t port;
    if (!listener->server.service->run_cleartext)
        pb_visitors_refresh(&listener->server.visitors);
    for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
        int fd, result = pb_net_accept(&fd, listener->fd, &error);
        if (result == PB_AGAIN)
            return;
        if (result != PB_OK) {
            pb_options_say("warning: %s", error.text);
            nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
            return;
        }
        if (pb_net_peer(fd, ip, &port) != PB_OK) {
            close(fd); /* gone already */
        } else if (too_many(listener, ip, sentence, sizeof sentence)) {
            pb_options_say("%s: refused: %s", ip, sentence);
            pb_busy_tell(&listener->busy, fd, sentence, listener->server.service->busy);
        } else {
            begin(listener, fd, ip);
        }
    }
}

/* ---- stopping ---- */

static void kill_all(struct pb_listener *listener, bool joined_too, const char *why)
{
    for (size_t i = 0; i < listener->live.count; i++) {
        struct pb_live *live = listener->live.at[i];
        if (live->killed || (!joined_too && live->state == PB_LIVE_JOINED))
            continue;
        if (why && live->state == PB_LIVE_JOINED) {
            char title[PB_LIVE_TITLE_MAX];
            title_of(live, title);
            pb_options_say("%s: %s", title, why);
        }
        live->killed = true;
        kill(live->pid, SIGKILL);
    }
}

static void stop(struct pb_listener *listener)
{
    if (listener->stopping) {
        pb_options_say("stopping at once");
        kill_all(listener, true, NULL);
        return;
    }
    listener->stopping = true;
    listener->stopped = pb_clock_now();
    close(listener->fd);
    listener->fd = -1;
    if (listener->live.count)
        pb_options_say("stopping after the current message of %zu %s, in %u s at most (a second "
                       "signal stops at once)",
                       listener->live.count, listener->live.count == 1 ? "session" : "sessions",
                       listener->server.settings->grace);
    for (size_t i = 0; i < listener->live.count; i++)
        kill(listener->live.at[i]->pid, SIGTERM);
}

/* Returns the milliseconds to the next deadline; -1: it is not stopping. */
static int press(struct pb_listener *listener)
{
    if (!listener->stopping)
        return -1;
    int64_t passed = pb_clock_now() - listener->stopped,
            grace = 1000 * (int64_t)listener->server.settings->grace;
    int64_t short_grace = grace < HANDSHAKE_GRACE_MS ? grace : HANDSHAKE_GRACE_MS;
    if (passed >= short_grace)
        kill_all(listener, passed >= grace, "did not end in time and was killed (--grace)");
    int64_t left = passed < short_grace ? short_grace - passed : grace - passed;
    return left > 0 ? (int)left : 1000;
}

static void take_signals(struct pb_listener *listener)
{
    struct signalfd_siginfo signal;
    while (read(listener->server.signal_fd, &signal, sizeof signal) == sizeof signal)
        if (signal.ssi_signo != SIGCHLD)
            stop(listener);
    bury_the_dead(listener);
}

/* ---- the loop ---- */

static int earlier(int a, int b)
{
    return a < 0 ? b : b < 0 ? a : a < b ? a : b;
}

void pb_loop_run(struct pb_listener *listener)
{
    struct epoll_event events[64];
    while (!listener->stopping || listener->live.count > 0) {
        int wait =
            earlier(earlier(look_for_hangs(listener), pb_busy_tidy(&listener->busy)),
                    earlier(press(listener), pb_visitors_write(&listener->server.visitors, false)));
        int count = epoll_wait(listener->epoll, events, sizeof events / sizeof *events, wait);
        bool signalled = false, called = false;
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr == &listener->fd)
                called = true;
            else if (events[i].data.ptr == &listener->server.signal_fd)
                signalled = true;
            else
                hear(listener, events[i].data.ptr);
        }
        /* After the reports: from here on entries of the table vanish. */
        if (signalled)
            take_signals(listener);
        if (called && !listener->stopping)
            accept_some(listener);
    }
}
