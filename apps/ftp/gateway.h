/* plugboard ftp --gateway: plain FTP in, for any client of this computer, and the sealed channel
 * out. */
#ifndef PLUGBOARD_FTP_GATEWAY_H
#define PLUGBOARD_FTP_GATEWAY_H

#include "client/caller.h"

/* Listens on `where` (ADDR:PORT; only loopback, unless anywhere) until a signal ends it. Each
 * client gets a process and a session of its own. Returns the exit code. */
int ftp_gateway_run(struct pb_caller *caller, const char *where, bool anywhere, unsigned seconds);

#endif
