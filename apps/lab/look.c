/* One plugin, looked at from a short-lived process. */
#include "lab/look.h"

#include "clock.h"
#include "fault.h"
#include "keypair.h"
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the child says, in this order; keygen is asked only if `ask`. */
struct answer {
    struct pb_error error; /* PB_OK: the rest is there */
    struct pb_look look;
};
struct options_answer {
    char text[sizeof((struct pb_look *)0)->options];
};

/* ---- in the child ---- */

static void describe(struct pb_look *look, const struct pb_cipher *cipher)
{
    const bool verbs[] = {cipher->keygen,     cipher->start, cipher->seal,  cipher->open,
                          cipher->sealed_max, cipher->stop,  cipher->greet, cipher->explain};
    look->cipher.abi = cipher->abi;
    look->cipher.size = cipher->size;
    look->cipher.format = cipher->format;
    look->cipher.claims = cipher->claims;
    look->cipher.session_size = cipher->session_size;
    look->cipher.overhead = cipher->overhead;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        look->verbs |= (uint32_t)verbs[i] << i;
    snprintf(look->name, sizeof look->name, "%s", cipher->name);
    snprintf(look->title, sizeof look->title, "%s", cipher->title);
    snprintf(look->summary, sizeof look->summary, "%s", cipher->summary);
}

/* keygen refuses an option that it does not know and says which there are: no other way to ask is
 * needed. */
static void ask_options(const struct pb_cipher *cipher, struct options_answer *answer)
{
    static char public_key[PB_KEY_MAX + 1], private_key[PB_KEY_MAX + 1];
    const char *const options[] = {"help=", NULL};
    struct pb_progress progress = {0};
    struct pb_random random;
    struct pb_error error = {0};
    pb_random_system(&random);
    if (pb_keypair_make(cipher, &random, options, public_key, private_key, &progress, &error) ==
        PB_REFUSED) {
        /* What comes before it is who says so, and that there is no "help=". */
        const char *at = strstr(error.text, "help=: ");
        at = at ? at + strlen("help=: ") : strstr(error.text, ": ") + 2;
        snprintf(answer->text, sizeof answer->text, "%.*s", (int)sizeof answer->text - 1, at);
    }
}

static void say(int fd, const void *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t wrote = write(fd, (const char *)bytes + done, size - done);
        if (wrote <= 0)
            _exit(1);
        done += (size_t)wrote;
    }
}

static void child(int fd, const char *file, bool ask)
{
    static struct answer answer;
    struct options_answer options = {0};
    struct pb_plugin plugin;
    const struct rlimit no_core = {0, 0};
    int nothing = open("/dev/null", O_RDWR);

    /* What a plugin prints is nobody's result; what it forks ends with its group; the signals of a
     * crash end it. */
    for (int standard = 0; standard <= 2; standard++)
        dup2(nothing, standard);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setrlimit(RLIMIT_CORE, &no_core);
    for (int number = 1; number < 32; number++)
        signal(number, SIG_DFL);

    if (pb_plugin_load(&plugin, file, &answer.error) == PB_OK)
        describe(&answer.look, plugin.cipher);
    say(fd, &answer, sizeof answer);
    if (answer.error.status == PB_OK && ask) {
        ask_options(plugin.cipher, &options);
        say(fd, &options, sizeof options);
    }
    _exit(0); /* no destructor of the plugin runs: not with _exit */
}

/* ---- in the parent ---- */

/* Reads size bytes within PB_LOOK_SECONDS. 1: all; 0: the end came before; -1: time is over. */
static int hear(int fd, void *bytes, size_t size)
{
    int64_t deadline = pb_clock_now() + PB_LOOK_SECONDS * 1000;
    for (size_t done = 0; done < size;) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        int64_t left = deadline - pb_clock_now();
        if (left <= 0)
            return -1;
        if (poll(&wait, 1, (int)left) <= 0)
            continue;
        ssize_t got = read(fd, (char *)bytes + done, size - done);
        if (got == 0 || (got < 0 && errno != EINTR))
            return 0;
        done += got > 0 ? (size_t)got : 0;
    }
    return 1;
}

static int wait_for(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

/* Why the child said nothing, or not all. `doing`: "while loading". */
static int explain_silence(const char *file, const char *doing, bool late, int status,
                           struct pb_error *error)
{
    if (late)
        return pb_status_fail(error, PB_PLUGIN,
                              "%.700s: not done after %d s %s: does a constructor wait or loop?",
                              file, PB_LOOK_SECONDS, doing);
    if (WIFSIGNALED(status))
        return pb_status_fail(error, PB_PLUGIN, "%.700s: crashed %s (%s): plugboard check %.200s",
                              file, doing, pb_fault_signal_name(WTERMSIG(status)), file);
    return pb_status_fail(
        error, PB_PLUGIN,
        "%.700s: ended the whole process %s (exit code %d): a plugin must never call exit", file,
        doing, WEXITSTATUS(status));
}

static void take_in(struct pb_look *look, const struct pb_look *said, const char *file)
{
    *look = *said;
    snprintf(look->file, sizeof look->file, "%s", file);
    look->name[sizeof look->name - 1] = look->title[sizeof look->title - 1] =
        look->summary[sizeof look->summary - 1] = 0;
    look->cipher.name = look->name;
    look->cipher.title = look->title;
    look->cipher.summary = look->summary;
}

int pb_look_at(struct pb_look *look, const char *file, bool ask, struct pb_error *error)
{
    static struct answer answer;
    struct options_answer options = {0};
    int ends[2], heard;
    memset(&answer, 0, sizeof answer);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return pb_status_fail(error, PB_SYSTEM, "cannot make a pipe to look at %s: %s", file,
                              strerror(errno));
    fflush(NULL); /* or the child would have a copy of what is not written yet */
    pid_t pid = fork();
    if (pid < 0) {
        close(ends[0]);
        close(ends[1]);
        return pb_status_fail(error, PB_SYSTEM, "cannot start a process to look at %s: %s", file,
                              strerror(errno));
    }
    if (pid == 0) {
        close(ends[0]);
        child(ends[1], file, ask);
    }
    setpgid(pid, pid); /* the child does it as well: whoever comes first */
    close(ends[1]);
    heard = hear(ends[0], &answer, sizeof answer);
    if (heard == 1 && answer.error.status == PB_OK && ask)
        hear(ends[0], &options, sizeof options);
    close(ends[0]);
    kill(-pid, SIGKILL); /* too late to change how a crashed one ended; ends what hangs, and what it
                            forked */
    int status = wait_for(pid);
    if (heard <= 0)
        return explain_silence(file, "while loading", heard < 0, status, error);
    answer.error.text[sizeof answer.error.text - 1] = 0;
    if (answer.error.status != PB_OK)
        return pb_status_fail(error, PB_PLUGIN, "%s", answer.error.text);
    take_in(look, &answer.look, file);
    options.text[sizeof options.text - 1] = 0;
    memcpy(look->options, options.text, sizeof look->options);
    return PB_OK;
}
