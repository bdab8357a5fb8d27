/* HASH: SHA-256 of a part of a file, so that a transfer can be verified. */
#ifndef PLUGBOARD_FTP_HASH_H
#define PLUGBOARD_FTP_HASH_H

#include "error.h"

#include <stdbool.h>
#include <stdint.h>

#define FTP_HASH_TEXT_MAX 65 /* 64 hexadecimal digits and the NUL */

/* False: built without libsodium; HASH is then not to be offered. */
bool ftp_hash_available(void);

/* Of the bytes from `from` up to `to` (not included). carry_on is asked about every megabyte and
 * may be NULL; false: FTP_STOPPED. FTP_BAD_OFFSET: the file ends before `to`, or shrank. Reads with
 * pread: the file's position stays. */
enum ftp_error ftp_hash_range(int fd, uint64_t from, uint64_t to, char text[FTP_HASH_TEXT_MAX],
                              bool (*carry_on)(void *), void *context) PB_CHECKED;

#endif
