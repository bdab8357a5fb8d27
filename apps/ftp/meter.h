/* How far a transfer is: one line on standard error, drawn anew twice a second by a thread of its
 * own, so that the transfer knows nothing of it but a number that goes up. Only at a terminal, and
 * only in its foreground. */
#ifndef PLUGBOARD_FTP_METER_H
#define PLUGBOARD_FTP_METER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Is there anybody to see it? quiet: never. */
void ftp_meter_wanted(bool quiet);

/* total: bytes in all; UINT64_MAX: not known. *count is what is there already (resume) and is
 * looked at until the stop. */
void ftp_meter_start(const char *name, uint64_t total, const atomic_uint_least64_t *count);
void ftp_meter_stop(void);

/* "1.5 MiB": for people. */
const char *ftp_meter_amount(char text[16], double bytes);

#endif
