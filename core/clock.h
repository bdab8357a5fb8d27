/* Time for deadlines. */
#ifndef PLUGBOARD_CLOCK_H
#define PLUGBOARD_CLOCK_H

#include <stdint.h>

/* Milliseconds of a clock that never goes back. */
int64_t pb_clock_now(void);

/* Milliseconds left until `deadline` of that clock, at least 0, as poll(2) wants them. */
int pb_clock_left(int64_t deadline);

#endif
