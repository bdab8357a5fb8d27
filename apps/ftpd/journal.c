/* The transfer log: one line a transfer, one write a line, nothing in it that could be mistaken for
 * another line.
 *
 *     2026-11-20T12:00:00Z session 3 alice 192.0.2.7 box STOR /notes.txt 1048576 bytes 0.031 s
 * complete */
#include "session.h"

#include "clock.h"
#include "field.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void ftp_journal_transfer(const struct ftp_session *session, bool complete)
{
    const struct ftp_transfer *transfer = &session->transfer;
    char line[5 * FTP_PATH_MAX], when[PB_FIELD_TIME_SIZE], user[4 * FTP_USER_MAX + 4],
        path[4 * FTP_PATH_MAX];
    if (session->settings->journal_fd < 0)
        return;
    pb_field_write_time(when, time(NULL));
    pb_status_printable(user, sizeof user, session->user, strlen(session->user));
    pb_status_printable(path, sizeof path, transfer->path, strlen(transfer->path));
    int64_t took = pb_clock_now() - transfer->began;
    int size = snprintf(
        line, sizeof line, "%s session %llu %s %s %s %s %s %llu bytes %lld.%03lld s %s\n", when,
        (unsigned long long)session->about->number, user, session->about->ip,
        session->about->cipher, transfer->verb, path, (unsigned long long)transfer->bytes,
        (long long)(took / 1000), (long long)(took % 1000), complete ? "complete" : "incomplete");
    if (size > 0 && (size_t)size < sizeof line)
        (void)!write(session->settings->journal_fd, line, (size_t)size);
}
