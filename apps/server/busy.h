/* "Too many sessions", said by the listener itself: a fork would be too much for those who get
 * nothing. */
#ifndef PLUGBOARD_BUSY_H
#define PLUGBOARD_BUSY_H

#include <stdint.h>

#define PB_BUSY_MAX 64

/* Those who were told, and have a moment to read it. A ring, the oldest first. */
struct pb_busy {
    struct {
        int fd;
        int64_t deadline;
    } told[PB_BUSY_MAX];
    unsigned first, count;
};

/* Says REFUSE BUSY with this sentence; fd is ours from now on. clear: what is said instead, as it
 * is, to who speaks in clear; NULL: he does not. */
void pb_busy_tell(struct pb_busy *busy, int fd, const char *sentence, const char *clear);

/* Closes those whose moment is over. Returns the milliseconds to the next one; -1: there is none.
 */
int pb_busy_tidy(struct pb_busy *busy);

void pb_busy_close(struct pb_busy *busy);

#endif
