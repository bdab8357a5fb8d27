/* One call that does not move for a minute is a hang; a session that works for hours is none. */
#include "watch.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

void *pb_watch_share(size_t size)
{
    void *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return shared == MAP_FAILED ? NULL : shared;
}

void pb_watch_keep_apart(void *shared, size_t size)
{
    madvise(shared, size, MADV_DONTFORK);
}

void pb_watch_unshare(void *shared, size_t size)
{
    if (shared) {
        explicit_bzero(shared, size);
        munmap(shared, size);
    }
}

int64_t pb_watch_limit(void)
{
    static int64_t limit;
    if (!limit)
        limit = 1000 * (int64_t)pb_progress_patience();
    return limit;
}

bool pb_watch_hangs(struct pb_watch *watch, const struct pb_progress *progress, int64_t now, int64_t limit)
{
    uint32_t verb = progress->verb, calls = progress->calls;
    if (verb == PB_VERB_none || verb != watch->verb || calls != watch->calls) {
        *watch = (struct pb_watch){verb, calls, now};
        return false;
    }
    return now - watch->since >= limit;
}

bool pb_watch_epitaph(char *line, size_t size, int status, uint32_t verb, int64_t hung)
{
    const char *in = pb_progress_verb_name(verb);
    if (hung) {
        snprintf(line, size, "the cipher hung in %s for %d s", in, (int)(hung / 1000));
        return true;
    }
    if (WIFSIGNALED(status)) {
        const char *name = sigabbrev_np(WTERMSIG(status));
        if (verb != PB_VERB_none)
            snprintf(line, size, "the cipher crashed in %s (SIG%s)", in, name ? name : "?");
        else
            snprintf(line, size, "its process crashed between two calls of the cipher (SIG%s)",
                     name ? name : "?");
        return true;
    }
    if (verb != PB_VERB_none)
        snprintf(line, size, "the cipher ended its process in %s (exit %d)", in,
                 WEXITSTATUS(status));
    else if (WEXITSTATUS(status) != 0)
        snprintf(line, size, "its process ended with exit %d", WEXITSTATUS(status));
    else
        return false;
    return true;
}
