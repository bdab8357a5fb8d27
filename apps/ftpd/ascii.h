/* TYPE A: lines end in CR LF on the wire and in LF on the disk. Everything else passes as it is, a
 * CR alone too, so that sending what was received gives back the same bytes, whatever they are: a
 * file with CR LF goes out with CR CR LF and comes back with CR LF. */
#ifndef PLUGBOARD_FTP_ASCII_H
#define PLUGBOARD_FTP_ASCII_H

#include <stdbool.h>
#include <stddef.h>

/* Disk to wire. out has room for 2 * size bytes; returns how many there are. Needs no memory
 * between calls. */
size_t ftp_ascii_send(char *out, const char *in, size_t size);

/* Wire to disk: a CR at the end of one call waits for the next. Zeroed at the start. */
struct ftp_ascii {
    bool cr;
};

/* out has room for size + 1 bytes; returns how many there are. */
size_t ftp_ascii_receive(struct ftp_ascii *state, char *out, const char *in, size_t size);

/* The end of the data: the CR that waited, if one did. out has room for 1 byte; returns 0 or 1. */
size_t ftp_ascii_finish(struct ftp_ascii *state, char *out);

#endif
