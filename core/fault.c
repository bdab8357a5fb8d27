/* The handler for crashes of plugins, and the watch over hangs. Only what POSIX calls async-signal-safe is used in the
 * handler: the sentence is put together beforehand, as far as it is known, and written with one write(2). */
#include "fault.h"

#include <plugboard/cipher.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define EXIT_PLUGIN 4

enum { NOTICE = 5 }; /* seconds after which a person wants to know */

static const struct {
    int number;
    const char *name;
} signals[] = {
    {SIGSEGV, "SIGSEGV"},
    {SIGBUS, "SIGBUS"},
    {SIGFPE, "SIGFPE"},
    {SIGILL, "SIGILL"},
    {SIGABRT, "SIGABRT"},
    /* reported by name, never caught */
    {SIGKILL, "SIGKILL"},
    {SIGSYS, "SIGSYS"},
    {SIGTERM, "SIGTERM"},
    {SIGTRAP, "SIGTRAP"},
    {SIGALRM, "SIGALRM"},
    {SIGXCPU, "SIGXCPU"},
    {SIGXFSZ, "SIGXFSZ"},
    {SIGPIPE, "SIGPIPE"},
    {SIGINT, "SIGINT"},
    {SIGHUP, "SIGHUP"},
};
#define CAUGHT 5

static _Atomic(const struct pb_progress *) watched;
static char whose[PB_NAME_MAX + 1], where[4096]; /* the cipher, its file */
static char before[128], after[4096 + 64];
static unsigned char stack[64 * 1024]; /* an endless recursion leaves no room on the ordinary one */

const char *pb_fault_signal_name(int signal_number)
{
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (signals[i].number == signal_number)
            return signals[i].name;
    return "a signal";
}

static void handle(int number)
{
    static char line[sizeof before + sizeof after + 64];
    if (!watched || watched->verb == PB_VERB_none) {
        /* Not the plugin's: let it do what it always did, as soon as this handler returns. */
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    const char *const parts[] = {before, pb_progress_verb_name(watched->verb), " (",
                                 pb_fault_signal_name(number), after};
    size_t used = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t length = strlen(parts[i]);
        if (length > sizeof line - used)
            length = sizeof line - used;
        memcpy(line + used, parts[i], length);
        used += length;
    }
    ssize_t written = write(STDERR_FILENO, line, used);
    (void)written; /* nobody is left to tell */
    _exit(EXIT_PLUGIN);
}

/* A plugin that calls exit() would make the program succeed with not a word. (_exit cannot be caught.) */
static void leave(void)
{
    if (!watched || watched->verb == PB_VERB_none)
        return;
    fprintf(stderr, "the cipher %s called exit in %s: plugboard check %s\n", whose,
            pb_progress_verb_name(watched->verb), where);
    _exit(EXIT_PLUGIN);
}

/* Looks once a second, in a thread of its own: a timer's signal would interrupt every wait of the program. Seconds are counted
 * by looking, so that time in a debugger does not count. */
static void *watch_hangs(void *unused)
{
    const struct timespec second = {.tv_sec = 1};
    uint32_t calls = 0;
    for (unsigned still = 0, limit = pb_progress_patience();;) {
        nanosleep(&second, NULL);
        const struct pb_progress *progress = watched;
        uint32_t verb = progress ? progress->verb : PB_VERB_none;
        still = verb != PB_VERB_none && progress->calls == calls ? still + 1 : 0;
        calls = progress ? progress->calls : 0;
        const char *name = pb_progress_verb_name(verb);
        if (still == NOTICE && limit > NOTICE)
            fprintf(stderr, "the cipher %s has been in %s for %d seconds; after %u it is given up (Ctrl-C twice ends it)\n",
                    whose, name, NOTICE, limit);
        if (still >= limit) {
            fprintf(stderr, "the cipher %s hung in %s for %u seconds: plugboard check %s\n", whose, name, limit, where);
            _exit(EXIT_PLUGIN);
        }
    }
    return unused;
}

static void start_watch(void)
{
    pthread_t thread;
    sigset_t all, before_it;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_it); /* signals are for the others */
    if (pthread_create(&thread, NULL, watch_hangs, NULL) == 0)
        pthread_detach(thread);
    pthread_sigmask(SIG_SETMASK, &before_it, NULL);
}

void pb_fault_guard(const struct pb_progress *progress, const char *cipher, const char *file)
{
    static pid_t prepared; /* a forked child has no thread of its parent's */
    watched = NULL;
    if (!progress)
        return;
    snprintf(whose, sizeof whose, "%s", cipher);
    snprintf(where, sizeof where, "%s", file);
    snprintf(before, sizeof before, "the cipher %s crashed in ", cipher);
    snprintf(after, sizeof after, "): plugboard check %s\n", file);
    watched = progress;
    if (prepared != getpid()) {
        if (!prepared)
            atexit(leave);
        start_watch();
        prepared = getpid();
    }

    const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    sigaltstack(&alternate, NULL);
    for (size_t i = 0; i < CAUGHT; i++)
        sigaction(signals[i].number, &action, NULL);
}
