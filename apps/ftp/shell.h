/* The commands that people type: one table, and what runs a line of it, from a prompt, a pipe or
 * argv.
 *
 *     shell.c      a line: words, options, the command       act_get.c    get reget mget cat
 *     actions.c    the table, and help                       act_put.c    put reput mput
 *     words.c      a line as words                           act_names.c  ls cd pwd mkdir rmdir rm
 * rename chmod quote complete.c   Tab                                       act_here.c   lls lcd
 * lpwd !
 */
#ifndef PLUGBOARD_FTP_SHELL_H
#define PLUGBOARD_FTP_SHELL_H

#include "remote.h"
#include "words.h"

struct ftp_shell {
    struct ftp_remote *remote;
    const char *title; /* "box": for the prompt */
    bool over;         /* quit was typed */
};

struct ftp_asked {
    char **word; /* without the command and its options; each is a pattern (words.h) */
    int count;
    char option[8]; /* the letters that were given */
};

enum ftp_names {
    FTP_NAMES_NONE,
    FTP_NAMES_HERE,
    FTP_NAMES_THERE,
    FTP_NAMES_BOTH,
    FTP_NAMES_COMMANDS
};

struct ftp_action {
    const char *name, *other; /* other: a second name, or NULL */
    int least, most;          /* words */
    const char *options;      /* letters that it knows */
    enum ftp_names complete;  /* BOTH: the first here, the second there for put; reversed for get */
    int (*run)(struct ftp_shell *shell, const struct ftp_asked *asked, struct pb_error *error);
    const char *usage, *help;
};

/* ---- actions.c ---- */
extern const struct ftp_action ftp_actions[];
extern const size_t ftp_actions_count;
const struct ftp_action *ftp_actions_find(const char *name);

/* ---- shell.c ---- */

/* Words that the shell of the computer has split already. PB_OK, or what went wrong: it has been
 * said. */
int ftp_shell_words(struct ftp_shell *shell, int count, char **word);

/* All commands of standard input; stops at the first that fails (-cmd: goes on). Returns the exit
 * code. */
int ftp_shell_batch(struct ftp_shell *shell);

/* A prompt. Returns the exit code. */
int ftp_shell_prompt(struct ftp_shell *shell);

/* A sentence on standard error; nothing in it can act on a terminal. */
void ftp_shell_complain(const struct pb_error *error);

/* Was this option given? */
bool ftp_asked_for(const struct ftp_asked *asked, char letter);

/* Complains about one of several, so that the others can go on. Returns true if they cannot: the
 * session is over, or Ctrl-C came. *result keeps the first status. */
bool ftp_shell_stops(struct ftp_shell *shell, int *result, int status, const struct pb_error *why);

/* Of several names some went wrong, and it was said. */
int ftp_shell_said(int result, struct pb_error *error);

/* The last component of a path, without slashes at its end, into name (NAME_MAX + 1). False: it has
 * none that could be a file's. */
bool ftp_shell_base(const char *path, char *name);

/* ---- complete.c ---- */

/* What may stand at the end of line (size bytes): the letters to add, into add; several: all of
 * them are shown by `show`. */
struct ftp_completion {
    char add[512];
    size_t count; /* how many names would fit */
    char **name;  /* them; owned */
};
void ftp_complete(struct ftp_shell *shell, const char *line, size_t size,
                  struct ftp_completion *completion);
void ftp_complete_free(struct ftp_completion *completion);

typedef int ftp_act(struct ftp_shell *shell, const struct ftp_asked *asked, struct pb_error *error);
ftp_act ftp_act_get, ftp_act_mget, ftp_act_reget, ftp_act_cat;
ftp_act ftp_act_put, ftp_act_mput, ftp_act_reput;
ftp_act ftp_act_ls, ftp_act_cd, ftp_act_pwd, ftp_act_mkdir, ftp_act_rmdir, ftp_act_rm,
    ftp_act_rename, ftp_act_chmod, ftp_act_quote;
ftp_act ftp_act_lls, ftp_act_lcd, ftp_act_lpwd, ftp_act_bang;

#endif
