/* The meter. Its behaviour is that of sftp: a decaying rate, time left, "stalled" after five
 * seconds. */
#include "meter.h"

#include "status.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { TICK = 500, STALLED = 5 }; /* milliseconds, seconds */

static struct {
    bool wanted, running, stop;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    char name[256];
    uint64_t total, from, last;
    const atomic_uint_least64_t *count;
    double began, ticked, moved, rate;
} meter = {.lock = PTHREAD_MUTEX_INITIALIZER};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

const char *ftp_meter_amount(char text[16], double bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    size_t unit = 0;
    while (bytes >= 1000 && unit + 1 < sizeof units / sizeof *units) {
        bytes /= 1024;
        unit++;
    }
    snprintf(text, 16, unit ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
    return text;
}

static void time_text(char text[24], double seconds)
{
    unsigned whole = seconds < 0 ? 0 : seconds > 359999 ? 359999 : (unsigned)(seconds + 0.5);
    if (whole >= 3600)
        snprintf(text, 24, "%u:%02u:%02u", whole / 3600, whole / 60 % 60, whole % 60);
    else
        snprintf(text, 24, "%02u:%02u", whole / 60, whole % 60);
}

static void draw(bool last)
{
    char amount[16], rate[16], left[24], line[600], percent[8] = "";
    double time = now(), passed = time - meter.ticked;
    uint64_t count = atomic_load_explicit(meter.count, memory_order_relaxed);
    struct winsize window;
    int columns = 80;
    if (tcgetpgrp(STDERR_FILENO) != getpgrp())
        return;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 20)
        columns = window.ws_col;
    if (count > meter.last)
        meter.moved = time;
    if (passed > 0.01) {
        double current = (double)(count - meter.last) / passed;
        meter.rate = meter.rate > 0 ? 0.9 * meter.rate + 0.1 * current : current;
    }
    if (last)
        meter.rate =
            time - meter.began > 0 ? (double)(count - meter.from) / (time - meter.began) : 0;
    meter.last = count;
    meter.ticked = time;

    bool known = meter.total != UINT64_MAX;
    if (known)
        snprintf(percent, sizeof percent, "%3.0f%%",
                 meter.total ? 100.0 * (double)(count < meter.total ? count : meter.total) /
                                   (double)meter.total
                             : 100.0);
    if (last)
        time_text(left, time - meter.began);
    else if (time - meter.moved >= STALLED)
        snprintf(left, sizeof left, "- stalled -");
    else if (known && meter.rate > 0 && meter.total >= count)
        time_text(left, (double)(meter.total - count) / meter.rate);
    else
        snprintf(left, sizeof left, "--:--");
    ftp_meter_amount(amount, (double)count);
    ftp_meter_amount(rate, meter.rate);
    int room = columns - 45 > 8 ? columns - 45 : 8;
    int size = snprintf(line, sizeof line, "\r%-*.*s %4s %10s %10s/s %11s %s", room, room,
                        meter.name, percent, amount, rate, left, last ? "   \n" : "ETA");
    if (size > 0 &&
        write(STDERR_FILENO, line, (size_t)size < sizeof line ? (size_t)size : sizeof line - 1) < 0)
        meter.stop = true;
}

static void *run(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&meter.lock);
    while (!meter.stop) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += TICK * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&meter.wake, &meter.lock, &until);
        if (!meter.stop)
            draw(false);
    }
    pthread_mutex_unlock(&meter.lock);
    return NULL;
}

void ftp_meter_wanted(bool quiet)
{
    pthread_condattr_t kind;
    pthread_condattr_init(&kind);
    pthread_condattr_setclock(&kind, CLOCK_MONOTONIC);
    pthread_cond_init(&meter.wake, &kind);
    pthread_condattr_destroy(&kind);
    meter.wanted = !quiet && isatty(STDERR_FILENO) && isatty(STDOUT_FILENO);
}

void ftp_meter_start(const char *name, uint64_t total, const atomic_uint_least64_t *count)
{
    sigset_t all, before;
    if (!meter.wanted || meter.running)
        return;
    pb_status_printable(meter.name, sizeof meter.name, name, strlen(name));
    meter.total = total;
    meter.count = count;
    meter.from = meter.last = atomic_load(count);
    meter.began = meter.ticked = meter.moved = now();
    meter.rate = 0;
    meter.stop = false;
    sigfillset(&all); /* Ctrl-C is for whoever waits for the server */
    pthread_sigmask(SIG_BLOCK, &all, &before);
    meter.running = pthread_create(&meter.thread, NULL, run, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void ftp_meter_stop(void)
{
    if (!meter.running)
        return;
    pthread_mutex_lock(&meter.lock);
    meter.stop = true;
    pthread_cond_signal(&meter.wake);
    pthread_mutex_unlock(&meter.lock);
    pthread_join(meter.thread, NULL);
    meter.running = false;
    if (meter.total != UINT64_MAX ||
        atomic_load(meter.count) != meter.from) /* otherwise nothing began */
        draw(true);
}
