/* fork, work, wait; and kill what hangs. */
#include "apart.h"

#include "clock.h"
#include "watch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_AGAIN_MS 100
#define PATIENCE_MS 10000

/* Trying a plugin takes less patience than using it: a server shall start soon. */
static int64_t limit(void)
{
    int64_t session = pb_watch_limit();
    return session < PATIENCE_MS ? session : PATIENCE_MS;
}

static bool is_running(pid_t child)
{
    siginfo_t end = {0};
    return waitid(P_PID, (id_t)child, &end, WEXITED | WNOHANG | WNOWAIT) == 0 && end.si_pid == 0;
}

/* True: it hung and was killed. */
static bool wait_for(pid_t child, const struct pb_progress *progress)
{
    struct pb_watch watch = {0};
    struct pollfd end = {.fd = pidfd_open(child, 0), .events = POLLIN};
    bool hung = false;
    while (!hung && is_running(child)) {
        poll(&end, 1, LOOK_AGAIN_MS); /* without a pidfd (-1) it just waits */
        if (progress && pb_watch_hangs(&watch, progress, pb_clock_now(), limit()))
            hung = kill(child, SIGKILL) == 0;
    }
    if (end.fd >= 0)
        close(end.fd);
    return hung;
}

int pb_apart_run(const struct pb_apart *apart, struct pb_error *error)
{
    char how[128];
    int status;
    if (apart->here) {
        apart->work(apart->context, apart->result);
        return PB_OK;
    }
    fflush(NULL);
    pid_t child = fork();
    if (child < 0)
        return pb_status_fail(error, PB_SYSTEM, "no process can be started: %s", strerror(errno));
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        apart->work(apart->context, apart->result);
        _exit(0);
    }
    bool hung = wait_for(child, apart->progress);
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return pb_status_fail(error, PB_SYSTEM, "waitpid: %s", strerror(errno));
    if (pb_watch_epitaph(how, sizeof how, status,
                         apart->progress ? apart->progress->verb : PB_VERB_none,
                         hung ? limit() : 0))
        return pb_status_fail(error, PB_BROKEN, "%s", how);
    return PB_OK;
}
