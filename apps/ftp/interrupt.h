/* Ctrl-C: the first one ends what is under way, not the program; the second one ends the session,
 * the third one the program. SIGTERM and SIGHUP end the session at once. */
#ifndef PLUGBOARD_FTP_INTERRUPT_H
#define PLUGBOARD_FTP_INTERRUPT_H

#include <stdbool.h>

void ftp_interrupt_catch(void);

/* Something is to be given up. */
bool ftp_interrupt_came(void);

/* The session is to be given up. */
bool ftp_interrupt_leave(void);

/* What was to be given up is: a new command begins. */
void ftp_interrupt_forget(void);

#endif
