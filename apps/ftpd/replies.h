/* The reply codes of FTP by what they mean (RFC 959, 2228, 3659), each with the sentence that is
 * said when there is no better one. */
#ifndef PLUGBOARD_FTPD_REPLIES_H
#define PLUGBOARD_FTPD_REPLIES_H

/* X(name, code, sentence). FTP_SAY_ is "that is the reply", so that a handler reads as a sentence.
 */
#define FTP_REPLY_TABLE(X)                                                                         \
    X(FTP_SAY_OPENING, 150, "Here it comes")                                                       \
    X(FTP_SAY_DONE, 200, "Done")                                                                   \
    X(FTP_SAY_NOT_NEEDED, 202, "Not needed here")                                                  \
    X(FTP_SAY_STATUS, 211, "End")                                                                  \
    X(FTP_SAY_FOLDER_STATUS, 212, "End")                                                           \
    X(FTP_SAY_FILE_STATUS, 213, "End")                                                             \
    X(FTP_SAY_HELP, 214, "End")                                                                    \
    X(FTP_SAY_SYSTEM, 215, "UNIX Type: L8")                                                        \
    X(FTP_SAY_READY, 220, "Ready")                                                                 \
    X(FTP_SAY_GOODBYE, 221, "Goodbye")                                                             \
    X(FTP_SAY_NOTHING_TO_ABORT, 225, "There is no transfer")                                       \
    X(FTP_SAY_TRANSFERRED, 226, "Transfer complete")                                               \
    X(FTP_SAY_PASSIVE, 227, "Entering Passive Mode")                                               \
    X(FTP_SAY_EXTENDED_PASSIVE, 229, "Entering Extended Passive Mode")                             \
    X(FTP_SAY_LOGGED_IN, 230, "Logged in")                                                         \
    X(FTP_SAY_KNOWN, 232, "Logged in: your key says who you are")                                  \
    X(FTP_SAY_ACTION_DONE, 250, "Done")                                                            \
    X(FTP_SAY_PATH, 257, "Done")                                                                   \
    X(FTP_SAY_PASSWORD, 331, "And the password?")                                                  \
    X(FTP_SAY_GO_ON, 350, "And now?")                                                              \
    X(FTP_SAY_CLOSING, 421, "This session ends")                                                   \
    X(FTP_SAY_NO_DATA_CONNECTION, 425, "There is no data connection")                              \
    X(FTP_SAY_CUT, 426, "Data connection closed: the transfer is not complete")                    \
    X(FTP_SAY_LOCAL_ERROR, 451, "The server's disk or system failed")                              \
    X(FTP_SAY_NO_SPACE, 452, "There is not so much room")                                          \
    X(FTP_SAY_UNKNOWN, 500, "What is that?")                                                       \
    X(FTP_SAY_BAD_ARGUMENT, 501, "That makes no sense here")                                       \
    X(FTP_SAY_NOT_IMPLEMENTED, 502, "Not done here")                                               \
    X(FTP_SAY_BAD_ORDER, 503, "Something else has to come first")                                  \
    X(FTP_SAY_NOT_FOR_THAT, 504, "Not with this argument")                                         \
    X(FTP_SAY_OTHER_NETWORK, 522, "Network protocol not supported")                                \
    X(FTP_SAY_NOT_LOGGED_IN, 530, "Log in with USER first")                                        \
    X(FTP_SAY_REFUSED, 550, "Refused")

enum ftp_reply {
#define X(name, code, text) name,
    FTP_REPLY_TABLE(X)
#undef X
};

#endif
