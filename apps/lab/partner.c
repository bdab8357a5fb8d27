/* The other side of `try`: a real server for one session, in a process of its own. */
#include "try.h"

#include "fault.h"
#include "options.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct pb_ports ports = {.low = 10240, .high = 32767};

enum { PATIENCE = 2000 }; /* milliseconds that the process has to end by itself */

/* What the process ends with, beside 4 of the fault guard. */
enum { SERVED = 0, FAILED = 1, CRASHED = 4 };

static int accept_one(int listener, int *fd, struct pb_error *error)
{
    int result;
    while ((result = pb_net_accept(fd, listener, error)) == PB_AGAIN)
        poll(&(struct pollfd){.fd = listener, .events = POLLIN}, 1, -1);
    return result;
}

static int echo(struct pb_channel *channel, struct pb_error *error)
{
    const uint8_t *data;
    size_t size;
    int result;
    while ((result = pb_channel_receive(channel, &data, &size, error)) == PB_OK)
        if ((result = pb_channel_write(channel, data, size, error)) != PB_OK)
            return result;
    return result == PB_ENDED ? pb_channel_end(channel, NULL) : result;
}

/* The numbered steps of a server: S1, S2 and S3, then the talk. */
static int serve(int listener, const struct pb_party *party, const char *client_public,
                 struct pb_error *error)
{
    struct pb_channel *channel = NULL;
    const struct pb_hello *hello;
    int fd, result;
    if ((result = accept_one(listener, &fd, error)) != PB_OK)
        return result;
    close(listener);
    if ((result = pb_channel_adopt(&channel, fd, 0, NULL, error)) != PB_OK ||
        (result = pb_channel_hello(channel, &hello, error)) != PB_OK)
        goto out;
    if (strcmp(hello->public_key, client_public) !=
        0) { /* somebody else of this machine was faster */
        pb_channel_refuse(channel, PB_REFUSAL_NOT_ALLOWED, NULL);
        result = pb_status_fail(error, PB_REFUSED, "a stranger came to the private server");
        goto out;
    }
    if ((result = pb_channel_welcome(channel, party, &ports, error)) == PB_OK)
        result = echo(channel, error);
out:
    pb_channel_close(channel);
    return result;
}

/* Ends the process. What it says goes to standard error; the exit code tells `try` the rest. */
static _Noreturn void live(int listener, const struct pb_party *party, const char *client_public,
                           pid_t parent)
{
    struct pb_error error = {0};
    signal(SIGINT, SIG_IGN); /* Ctrl-C is for the client, who then ends the session */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
        _exit(FAILED);
    int result = serve(listener, party, client_public, &error);
    if (result == PB_OK || result == PB_TRUNCATED) /* the client went away: it knows why */
        _exit(SERVED);
    pb_options_say("the server's side: %s", error.text);
    _exit(result == PB_BROKEN ? CRASHED : FAILED);
}

/* A free port; under --seed one that is drawn, so that a session can be repeated to the letter. */
static int listen_somewhere(int *listener, uint16_t *port, const struct pb_random *random,
                            struct pb_error *error)
{
    struct pb_random draw = *random;
    for (int tries = 0; random->seeded && tries < 64; tries++) {
        *port = (uint16_t)pb_random_between(&draw, ports.low, ports.high);
        if (pb_net_listen(listener, "127.0.0.1", port, 8, NULL) == PB_OK)
            return PB_OK;
    }
    *port = 0;
    return pb_net_listen(listener, "127.0.0.1", port, 8, error);
}

int pb_partner_start(struct pb_partner *partner, const struct pb_party *party,
                     const char *plugin_file, const char *client_public, struct pb_error *error)
{
    int listener = -1, alive[2];
    pid_t parent = getpid();
    partner->progress = mmap(NULL, sizeof *partner->progress, PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (partner->progress == MAP_FAILED) {
        partner->progress = NULL;
        return pb_status_fail(error, PB_SYSTEM, "no memory");
    }
    int result = listen_somewhere(&listener, &partner->port, &party->random, error);
    if (result != PB_OK)
        return result;
    if (pipe(alive) < 0) {
        close(listener);
        return pb_status_fail(error, PB_SYSTEM, "no pipe for the private server");
    }
    partner->process = fork();
    if (partner->process == 0) {
        struct pb_party own = *party;
        own.progress = partner->progress;
        close(alive[0]);
        pb_fault_guard(own.progress, own.cipher->name, plugin_file);
        live(listener, &own, client_public, parent);
    }
    close(listener);
    close(alive[1]);
    partner->alive_fd = alive[0];
    return partner->process > 0
               ? PB_OK
               : pb_status_fail(error, PB_SYSTEM, "no process for the private server");
}

int pb_partner_stop(struct pb_partner *partner, const char *cipher)
{
    int status = 0, result = PB_OK;
    if (partner->process > 0) {
        /* Nothing is ever written there: it becomes readable when the last holder is gone. */
        bool gone =
            poll(&(struct pollfd){.fd = partner->alive_fd, .events = POLLIN}, 1, PATIENCE) > 0;
        uint32_t verb = partner->progress->verb;
        if (!gone)
            kill(partner->process, SIGKILL);
        waitpid(partner->process, &status, 0);
        if (!gone && verb != PB_VERB_none) {
            pb_options_say("the cipher %s hangs in %s, on the server's side: it was ended", cipher,
                           pb_progress_verb_name(verb));
            result = PB_BROKEN;
        } else if (gone && WIFSIGNALED(status)) {
            pb_options_say("the server's side of %s was ended by %s", cipher,
                           pb_fault_signal_name(WTERMSIG(status)));
            result = PB_BROKEN;
        } else if (WIFEXITED(status) && WEXITSTATUS(status) != CRASHED && verb != PB_VERB_none) {
            pb_options_say("the cipher %s ended the program in %s, on the server's side", cipher,
                           pb_progress_verb_name(verb));
            result = PB_BROKEN;
        } else if (WIFEXITED(status) && WEXITSTATUS(status) != SERVED) {
            result = WEXITSTATUS(status) == CRASHED ? PB_BROKEN : PB_ENDED;
        }
    }
    if (partner->alive_fd >= 0)
        close(partner->alive_fd);
    if (partner->progress)
        munmap(partner->progress, sizeof *partner->progress);
    *partner = (struct pb_partner){.alive_fd = -1};
    return result;
}
