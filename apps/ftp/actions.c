/* The table of commands. */
#include "shell.h"

#include <stdio.h>
#include <string.h>

static int help(struct ftp_shell *shell, const struct ftp_asked *asked, struct pb_error *error);
static int quit(struct ftp_shell *shell, const struct ftp_asked *asked, struct pb_error *error);

enum { ANY = FTP_WORDS_MAX };

const struct ftp_action ftp_actions[] = {
    {"ls", "dir", 0, ANY, "la", FTP_NAMES_THERE, ftp_act_ls, "ls [-l] [NAME...]",
     "what is in a folder of the server"},
    {"cd", NULL, 0, 1, "", FTP_NAMES_THERE, ftp_act_cd, "cd [FOLDER]",
     "go to a folder of the server"},
    {"pwd", NULL, 0, 0, "", FTP_NAMES_NONE, ftp_act_pwd, "pwd",
     "which folder of the server is this?"},
    {"get", NULL, 1, 2, "rp", FTP_NAMES_BOTH, ftp_act_get, "get [-r] [-p] NAME [NAME-HERE]",
     "fetch a file (-r: a folder, -p: with its time)"},
    {"reget", NULL, 1, 2, "p", FTP_NAMES_BOTH, ftp_act_reget, "reget [-p] NAME [NAME-HERE]",
     "go on with a get that was cut"},
    {"mget", NULL, 1, ANY, "rp", FTP_NAMES_THERE, ftp_act_mget, "mget [-r] [-p] NAME...",
     "fetch several"},
    {"cat", NULL, 1, ANY, "", FTP_NAMES_THERE, ftp_act_cat, "cat NAME...",
     "show a file of the server"},
    {"put", NULL, 1, 2, "rp", FTP_NAMES_BOTH, ftp_act_put, "put [-r] [-p] NAME-HERE [NAME]",
     "send a file (-r: a folder, -p: with its time)"},
    {"reput", NULL, 1, 2, "p", FTP_NAMES_BOTH, ftp_act_reput, "reput [-p] NAME-HERE [NAME]",
     "go on with a put that was cut"},
    {"mput", NULL, 1, ANY, "rp", FTP_NAMES_HERE, ftp_act_mput, "mput [-r] [-p] NAME-HERE...",
     "send several"},
    {"mkdir", NULL, 1, ANY, "", FTP_NAMES_THERE, ftp_act_mkdir, "mkdir FOLDER...",
     "make a folder on the server"},
    {"rmdir", NULL, 1, ANY, "", FTP_NAMES_THERE, ftp_act_rmdir, "rmdir FOLDER...",
     "remove an empty folder"},
    {"rm", "delete", 1, ANY, "r", FTP_NAMES_THERE, ftp_act_rm, "rm [-r] NAME...",
     "remove files (-r: folders, too)"},
    {"rename", "mv", 2, 2, "", FTP_NAMES_THERE, ftp_act_rename, "rename OLD NEW",
     "another name, or another folder"},
    {"chmod", NULL, 2, ANY, "", FTP_NAMES_THERE, ftp_act_chmod, "chmod MODE NAME...",
     "change permissions (octal)"},
    {"quote", NULL, 1, ANY, "", FTP_NAMES_NONE, ftp_act_quote, "quote WORD...",
     "an FTP command as it is"},
    {"lls", NULL, 0, ANY, "", FTP_NAMES_HERE, ftp_act_lls, "lls [ARGUMENT...]", "ls, here"},
    {"lcd", NULL, 0, 1, "", FTP_NAMES_HERE, ftp_act_lcd, "lcd [FOLDER]", "go to a folder here"},
    {"lpwd", NULL, 0, 0, "", FTP_NAMES_NONE, ftp_act_lpwd, "lpwd", "which folder is this, here?"},
    {"!", NULL, 0, ANY, "", FTP_NAMES_HERE, ftp_act_bang, "! [COMMAND]",
     "a command of your shell, or the shell"},
    {"help", "?", 0, 1, "", FTP_NAMES_COMMANDS, help, "help [COMMAND]", "this"},
    {"quit", "exit", 0, 0, "", FTP_NAMES_NONE, quit, "quit", "the end (Ctrl-D does as well)"},
};
const size_t ftp_actions_count = sizeof ftp_actions / sizeof *ftp_actions;

const struct ftp_action *ftp_actions_find(const char *name)
{
    for (size_t i = 0; i < ftp_actions_count; i++)
        if (strcmp(ftp_actions[i].name, name) == 0 ||
            (ftp_actions[i].other && strcmp(ftp_actions[i].other, name) == 0))
            return &ftp_actions[i];
    return NULL;
}

static int help(struct ftp_shell *shell, const struct ftp_asked *asked, struct pb_error *error)
{
    (void)shell;
    if (asked->count > 0) {
        const struct ftp_action *action = ftp_actions_find(asked->word[0]);
        if (!action)
            return pb_status_fail(error, PB_USAGE, "there is no command '%s' (help shows all)",
                                  asked->word[0]);
        printf("%s: %s\n", action->usage, action->help);
        return PB_OK;
    }
    for (size_t i = 0; i < ftp_actions_count; i++)
        printf("  %-32s %s\n", ftp_actions[i].usage, ftp_actions[i].help);
    printf("Names of several files: * ? [a-z]. A name with blanks: \"a b\". Names that begin with "
           "a dash: after --\n"
           "Ctrl-C gives a transfer up. In a batch, -COMMAND goes on if it fails.\n");
    return PB_OK;
}

static int quit(struct ftp_shell *shell, const struct ftp_asked *asked, struct pb_error *error)
{
    (void)asked;
    (void)error;
    shell->over = true;
    return PB_OK;
}
