/* Listings, one entry after the other as the kernel gives them: nothing is collected, so 100,000
 * files need the memory of one.
 *
 * Not shown: the hidden files of uploads, links that lead nowhere (root.h). A link inside the root
 * looks like what it leads to.
 *
 * Names with control bytes (CR LF could forge a line): '?' in their
 * place in LIST and STAT, which are for eyes; NLST and MLSD, from which programs take names, leave
 * such files out, and MLST has FTP_BAD_NAME for them.
 *
 * All times are UTC. Owner and group are always
 * "ftp": accounts are nobody's business. */
#ifndef PLUGBOARD_FTP_LISTING_H
#define PLUGBOARD_FTP_LISTING_H

#include "root.h"

#include <dirent.h>
#include <time.h>

#define FTP_PATTERN_MAX   255
#define FTP_PATTERN_STARS 16

enum ftp_listing_form { FTP_LISTING_LIST, FTP_LISTING_NLST, FTP_LISTING_MLSD };

/* X(bit's name, the fact's), in the order in which they are sent. */
#define FTP_FACT_TABLE(X)                                                                          \
    X(TYPE, "type")                                                                                \
    X(SIZE, "size")                                                                                \
    X(MODIFY, "modify")                                                                            \
    X(PERM, "perm")                                                                                \
    X(UNIQUE, "unique")                                                                            \
    X(MODE, "UNIX.mode")

enum ftp_fact_number {
#define X(name, text) FTP_FACT_NUMBER_##name,
    FTP_FACT_TABLE(X)
#undef X
    FTP_FACTS
};
#define FTP_FACTS_ALL ((1u << FTP_FACTS) - 1) /* what a session begins with */

/* Takes one line with its CRLF. Anything but 0 ends the listing with FTP_STOPPED. */
typedef int ftp_listing_put(void *context, const char *line, size_t size);

struct ftp_listing {
    const struct ftp_root *root;
    enum ftp_listing_form form;
    unsigned facts;
    DIR *folder;              /* NULL: one file, `single` */
    char path[FTP_PATH_MAX];  /* the folder's, or the single file's */
    char shown[FTP_PATH_MAX]; /* NLST: what stands before each name ("sub/" for "NLST sub/?.txt");
                                 the single file's name */
    char pattern[FTP_PATTERN_MAX + 1]; /* "": everything */
    bool writable;                     /* names in the folder can be made and removed */
    time_t now;
};

/* Finds what is to be listed, so that 550 can be said before the data connection is opened.
 * argument: as the client gave it, without flags; "" is the cwd. In LIST and NLST its last part may
 * be a pattern (* ? [a-z] [!a-z] \x), unless there is something of exactly that name. MLSD of a
 * file is FTP_NOT_A_FOLDER. facts: only for MLSD. */
enum ftp_error ftp_listing_open(struct ftp_listing *listing, const struct ftp_root *root,
                                const char *cwd, const char *argument, enum ftp_listing_form form,
                                unsigned facts) PB_CHECKED;

/* Sends all of it. lines: how many were sent; may be NULL. */
enum ftp_error ftp_listing_send(struct ftp_listing *listing, ftp_listing_put *put, void *context,
                                uint64_t *lines) PB_CHECKED;
void ftp_listing_close(struct ftp_listing *listing);

/* MLST: one line of facts, a blank and the argument as given, CRLF. In the reply it begins with one
 * blank more. */
enum ftp_error ftp_listing_one(const struct ftp_root *root, const char *cwd, const char *argument,
                               unsigned facts, ftp_listing_put *put, void *context) PB_CHECKED;

/* "type*;size*;modify;" for FEAT, those in `facts` with a star. */
#define FTP_FACTS_TEXT_MAX 128
void ftp_listing_feature(char text[FTP_FACTS_TEXT_MAX], unsigned facts);

/* OPTS MLST: chooses the facts named in "type;size;" (unknown ones are ignored); returns the set
 * and writes the answer's text, "type;size;", as RFC 3659 7.9 has it. */
unsigned ftp_listing_choose(const char *wanted, char text[FTP_FACTS_TEXT_MAX]);

/* YYYYMMDDHHMMSS, for MDTM and modify=. */
#define FTP_TIME_MAX 24
void ftp_listing_time(char text[FTP_TIME_MAX], time_t when);

/* Its reverse, for MFMT: 14 digits, a fraction is allowed and ignored. False: it is no time. */
bool ftp_listing_parse_time(const char *text, time_t *when);

/* glob.c: does the name match? Never more than a fixed number of steps: what needs more does not
 * match. */
bool ftp_glob_match(const char *pattern, const char *name);

/* False: longer than FTP_PATTERN_MAX or more than FTP_PATTERN_STARS stars. */
bool ftp_glob_good(const char *pattern);

/* True if it has * ? or [. */
bool ftp_glob_is(const char *text);

#endif
