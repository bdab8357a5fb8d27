/* A socket and its frames: the one place that reads and writes sockets, and the one poll loop. */
#ifndef PLUGBOARD_DUPLEX_H
#define PLUGBOARD_DUPLEX_H

#include "status.h"
#include "wire.h"

#include <stdbool.h>
#include <stdint.h>

struct pb_duplex {
    int fd;               /* -1: none */
    struct pb_wire *wire; /* lent */
    bool eof;             /* nothing more will come: the other side closed, or the connection is broken */
};

/* Reads once what is there. PB_OK: something came, PB_AGAIN: nothing now (or enough is read ahead), PB_ENDED: eof. */
int pb_duplex_fill(struct pb_duplex *duplex);

/* Writes what the socket takes. PB_OK: all is gone, PB_AGAIN: not yet, PB_TRUNCATED: nobody takes it any more. */
int pb_duplex_drain(struct pb_duplex *duplex);

enum { PB_DUPLEX_MOVED = 1, PB_DUPLEX_OTHER = 2, PB_DUPLEX_SIGNAL = 4 };

/* Waits up to milliseconds (-1: for ever) until the duplex can read or write, and does both; or other (-1: none) is readable.
 * A mask; 0: time is over. */
int pb_duplex_turn(struct pb_duplex *duplex, int other, int milliseconds);

/* Lets the other side read what we said last and close first: reads and forgets until eof or the time is over. */
void pb_duplex_linger(struct pb_duplex *duplex, int milliseconds);

void pb_duplex_close(struct pb_duplex *duplex);

#endif
