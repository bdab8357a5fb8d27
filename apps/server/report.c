/* Records between a session and the listener. */
#include "report.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD offsetof(struct pb_report, cipher)

int pb_report_open(int ends[2])
{
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends);
}

void pb_report_send(int fd, const struct pb_report *report)
{
    size_t size = report->kind == PB_REPORT_JOINED
                      ? HEAD
                      : offsetof(struct pb_report, public_key) + strlen(report->public_key) + 1;
    if (fd >= 0 && write(fd, report, size) < 0)
        return; /* the listener has gone, and we go with it */
}

enum pb_report_came pb_report_receive(int fd, struct pb_report *report)
{
    memset(report, 0, offsetof(struct pb_report, public_key) + 1);
    ssize_t got = recv(fd, report, sizeof *report, 0);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? PB_REPORT_NONE : PB_REPORT_CLOSED;
    if ((size_t)got < HEAD)
        return PB_REPORT_CLOSED;
    if ((size_t)got < sizeof *report)
        ((char *)report)[got] = 0;
    report->cipher[sizeof report->cipher - 1] = 0;
    report->who[sizeof report->who - 1] = 0;
    report->claimed[sizeof report->claimed - 1] = 0;
    report->public_key[sizeof report->public_key - 1] = 0;
    return PB_REPORT_ONE;
}
