/* The monotonic clock. */
#include "clock.h"

#include <time.h>

int64_t pb_clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int pb_clock_left(int64_t deadline)
{
    int64_t left = deadline - pb_clock_now();
    return left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}
