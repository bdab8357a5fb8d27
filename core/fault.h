/* When a plugin crashes or hangs in the client or in a key command: says which cipher and which verb,
 * instead of a bare "Segmentation fault". (On the server the listener reports it.) */
#ifndef PLUGBOARD_FAULT_H
#define PLUGBOARD_FAULT_H

#include "progress.h"

/* From now on SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT within a verb (progress->verb is not
 * none) write the cipher caesar crashed in open (SIGSEGV): plugboard check ./caesar.so to standard
 * error and end the program with exit code 4, and so does a verb that calls exit(); outside of one they do what they always did. progress
 * is lent and must stay; cipher and file are copied. A verb that takes
 * pb_progress_patience seconds ends the program in the same way. To be called again for each next cipher;
 * progress NULL: no verb is watched any more. */
void pb_fault_guard(const struct pb_progress *progress, const char *cipher, const char *file);

/* "SIGSEGV"; "a signal" for one that has no name here. */
const char *pb_fault_signal_name(int signal_number);

#endif
