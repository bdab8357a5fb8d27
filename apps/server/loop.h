/* The listener's loop. */
#ifndef PLUGBOARD_LOOP_H
#define PLUGBOARD_LOOP_H

#include "busy.h"
#include "served.h"

struct pb_listener {
    struct pb_server server;
    struct pb_live_table live;
    struct pb_busy busy;
    int fd, epoll;
    bool stopping;
    int64_t stopped, looked; /* when it began to stop; when hangs were looked for */
    uint64_t sessions;       /* so far */
};

/* Wakes the loop when fd is readable. whose: the address of the descriptor in struct pb_listener,
 * or the struct pb_live that it belongs to. */
void pb_loop_watch(const struct pb_listener *listener, int fd, void *whose);

/* Accepts, forks, hears reports and buries the dead until a signal has ended it and no session is
 * left. */
void pb_loop_run(struct pb_listener *listener);

#endif
