/* How functions of the core say what went wrong: a status to act on and a sentence to show.
 * Every function that can fail returns one of these and has filled the caller's pb_error. */
#ifndef PLUGBOARD_STATUS_H
#define PLUGBOARD_STATUS_H

#include <plugboard/cipher.h>

#define PB_CHECKED __attribute__((warn_unused_result))
#define PB_PRINTF(text, first) __attribute__((format(printf, text, first)))

/* X(name, exit code of the program, what it means). The first three are those of cipher.h. */
#define PB_STATUS_TABLE(X)                                              \
    X(PB_OK, 0, "done")                                                 \
    X(PB_REFUSED, 3, "a key, an option or a record was not accepted")   \
    X(PB_BROKEN, 4, "the cipher plugin failed")                         \
    PB_STATUS_TABLE_CORE(X)

#define PB_STATUS_TABLE_CORE(X)                                         \
    X(PB_AGAIN, 1, "not yet: more bytes are needed")                    \
    X(PB_ENDED, 0, "the other side ended properly")                     \
    X(PB_TRUNCATED, 1, "the connection ended without its END")          \
    X(PB_ABORTED, 1, "the other side gave up on purpose")               \
    X(PB_TIMEOUT, 1, "the other side did not answer in time")           \
    X(PB_PROTOCOL, 1, "the other side broke the protocol")              \
    X(PB_PEER_REFUSED, 3, "the other side did not accept our key, cipher or service")                     \
    X(PB_PLUGIN, 4, "the plugin cannot be used")                        \
    X(PB_USAGE, 2, "the command line is wrong")                         \
    X(PB_NOT_FOUND, 1, "not there")                                     \
    X(PB_FILE, 1, "a file is not as it should be")                      \
    X(PB_SYSTEM, 1, "the operating system said no")                     \
    X(PB_INTERRUPTED, 1, "interrupted")

enum pb_status {
    PB_STATUS_CORE = PB_BROKEN,
#define X(name, exit_code, text) name,
    PB_STATUS_TABLE_CORE(X)
#undef X
};

#define PB_ERROR_MAX 1024

/* Zeroed = no error. The first error stays: a later pb_status_fail changes nothing. */
struct pb_error {
    int status;
    char text[PB_ERROR_MAX]; /* a sentence that says what, where, why and what to do; no newline at its end */
};

/* Records status and sentence in `error` (may be NULL) unless it holds one already; returns `status`. */
int pb_status_fail(struct pb_error *error, int status, const char *format, ...) PB_PRINTF(3, 4);

/* The exit code of the program for a status: 0 to 4. */
int pb_status_exit_code(int status);

/* What a status means, in a few words; never NULL. */
const char *pb_status_text(int status);

/* Copies text so that no byte of it can act on a terminal: what is not printable UTF-8 becomes \xNN.
 * Writes at most size bytes with the NUL; returns the length written. `safe` never overlaps `text`. */
size_t pb_status_printable(char *safe, size_t size, const void *text, size_t text_size);

#endif
