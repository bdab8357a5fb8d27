/* A socket and its frames: the one place that reads and writes sockets, and the one poll loop. */
#ifndef PLUGBOARD_LINK_H
#define PLUGBOARD_LINK_H

#include "status.h"
#include "wire.h"

#include <stdbool.h>
#include <stdint.h>

struct pb_link {
    int fd;               /* -1: none */
    struct pb_wire *wire; /* lent */
    bool eof;             /* nothing more will come: the other side closed, or the connection is broken */
};

/* Milliseconds of a clock that never goes back. */
int64_t pb_link_now(void);

/* Milliseconds left until `deadline` of that clock, at least 0, as poll(2) wants them. */
int pb_link_left(int64_t deadline);

/* Reads once what is there. PB_OK: something came, PB_AGAIN: nothing now (or enough is read ahead), PB_ENDED: eof. */
int pb_link_fill(struct pb_link *link);

/* Writes what the socket takes. PB_OK: all is gone, PB_AGAIN: not yet, PB_TRUNCATED: nobody takes it any more. */
int pb_link_drain(struct pb_link *link);

enum { PB_LINK_MOVED = 1, PB_LINK_OTHER = 2, PB_LINK_SIGNAL = 4 };

/* Waits up to milliseconds (-1: for ever) until the link can read or write, and does both; or other (-1: none) is readable.
 * A mask; 0: time is over. */
int pb_link_turn(struct pb_link *link, int other, int milliseconds);

/* Lets the other side read what we said last and close first: reads and forgets until eof or the time is over. */
void pb_link_linger(struct pb_link *link, int milliseconds);

void pb_link_close(struct pb_link *link);

#endif
