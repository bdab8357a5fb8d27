/* What can go wrong with a file, as FTP tells it: one table of a name, the reply code and the
 * sentence. */
#ifndef PLUGBOARD_FTP_ERROR_H
#define PLUGBOARD_FTP_ERROR_H

#include "status.h"

/* X(name, reply code, sentence for the client). */
#define FTP_ERROR_TABLE(X)                                                                         \
    X(FTP_OK, 250, "Done")                                                                         \
    X(FTP_NOT_THERE, 550, "No such file or folder")                                                \
    X(FTP_NOT_ALLOWED, 550, "Permission denied")                                                   \
    X(FTP_READ_ONLY, 550, "This server is read-only")                                              \
    X(FTP_NOT_A_FILE, 550, "Not a regular file")                                                   \
    X(FTP_NOT_A_FOLDER, 550, "Not a folder")                                                       \
    X(FTP_NOT_EMPTY, 550, "The folder is not empty")                                               \
    X(FTP_EXISTS, 550, "There is something of that name already")                                  \
    X(FTP_OTHER_DISK, 550, "That is on another disk: copy it instead")                             \
    X(FTP_BAD_PATTERN, 550, "The pattern is too long or has too many stars")                       \
    X(FTP_BAD_NAME, 553, "This name cannot be used")                                               \
    X(FTP_A_LINK, 553, "This name is a link: nothing is written through links")                    \
    X(FTP_BAD_OFFSET, 554, "The file ends before that offset")                                     \
    X(FTP_BUSY, 450, "Somebody else is writing this file: try again later")                        \
    X(FTP_TRY_AGAIN, 450, "The folders are being moved about: try again")                          \
    X(FTP_DISK_FULL, 452, "The disk is full")                                                      \
    X(FTP_TOO_LARGE, 552, "The file would be larger than is allowed")                              \
    X(FTP_STOPPED, 426, "Given up")                                                                \
    X(FTP_FAILED, 451, "The server's disk or system failed")

enum ftp_error {
#define X(name, code, text) name,
    FTP_ERROR_TABLE(X)
#undef X
};

/* 550 and its kin. */
int ftp_error_code(enum ftp_error error);

/* The sentence, without a full stop or CRLF; never NULL. */
const char *ftp_error_text(enum ftp_error error);

/* What the kernel's errno is for a client; 0 is FTP_OK. */
enum ftp_error ftp_error_of(int number);

#endif
