/* Ctrl-C. */
#include "interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t came, leave;

static void note(int number)
{
    if (number != SIGINT || came == 1)
        leave = 1;
    if (came++ >= 2)
        _exit(130);
}

void ftp_interrupt_catch(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction before, after = {.sa_handler = note};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(signals[i], &after, NULL);
}

bool ftp_interrupt_came(void)
{
    return came > 0;
}

bool ftp_interrupt_leave(void)
{
    return leave;
}

void ftp_interrupt_forget(void)
{
    if (!leave)
        came = 0;
}
