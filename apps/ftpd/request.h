/* A line of the client taken apart. */
#ifndef PLUGBOARD_FTPD_REQUEST_H
#define PLUGBOARD_FTPD_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#define FTP_VERB_MAX 7 /* letters; the longest that anybody sends has 4 */

struct ftp_request {
    char verb[FTP_VERB_MAX + 1]; /* in capitals; "" if what stands first is no verb */
    const char *argument;        /* all that is behind one blank; "": none. Points into the line */
};

enum ftp_request_sense {
    FTP_REQUEST_GOOD,
    FTP_REQUEST_JUNK,    /* no verb of letters at its beginning */
    FTP_REQUEST_CONTROL, /* a NUL or a CR inside: no name has those, and in a reply or a log they
                            lie */
    FTP_REQUEST_HTTP,    /* a web browser was led here, and its text may hold more commands */
};

/* line: size bytes and a NUL. */
enum ftp_request_sense ftp_request_parse(struct ftp_request *request, const char *line,
                                         size_t size);

/* The same word, capitals or not, whatever the locale thinks of letters. word: in capitals. */
bool ftp_request_is(const char *text, const char *word);

/* text begins with word and a blank: what is behind it; NULL: it does not. */
const char *ftp_request_behind(const char *text, const char *word);

#endif
