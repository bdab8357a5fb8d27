/* A typed line as words. 'a b', "a b" and a\ b are one word each; # begins a comment. A word stays
 * a pattern: what was quoted in it has a backslash before each character that would mean something,
 * so that get "a*" is about one file of that name. */
#ifndef PLUGBOARD_FTP_WORDS_H
#define PLUGBOARD_FTP_WORDS_H

#include "status.h"

#include <stdbool.h>
#include <stddef.h>

#define FTP_WORDS_MAX 256

struct ftp_words {
    int count;
    char *word[FTP_WORDS_MAX + 1]; /* into text; ended by NULL */
    char *text;                    /* owned */
    bool open;                     /* a quote is not closed (then no error, for completion) */
    const char *last;              /* where the last word begins in the line */
};

/* PB_USAGE: a quote is not closed, or too many words. Zeroed or freed before. */
int ftp_words_split(struct ftp_words *words, const char *line, size_t size,
                    struct pb_error *error) PB_CHECKED;
void ftp_words_free(struct ftp_words *words);

/* Is there anything in a word to be matched? */
bool ftp_words_pattern(const char *word);

/* Takes the backslashes away, in place: the name that is meant. */
void ftp_words_plain(char *word);

#endif
