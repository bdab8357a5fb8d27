/* plugboard ftp-user: a row of the users' file of `ftpd --cleartext`, with its password as a hash.
 */
#include "command.h"
#include "users.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define PASSWORD_MAX 256

enum { KEY_USERS = 0x5000, KEY_FOLDER, KEY_READ_ONLY, KEY_WRITE };

struct ftp_user_command {
    const char *name, *file, *folder, *access;
};

static const struct argp_option table[] = {
    {"users", KEY_USERS, "FILE", 0, "the users' file (made if it is not there)", 0},
    {"folder", KEY_FOLDER, "DIR", 0,
     "the part of the server's root that this user sees, as the client names it (default /)", 0},
    {"read-only", KEY_READ_ONLY, NULL, 0, "this user may read, not write", 0},
    {"write", KEY_WRITE, NULL, 0, "this user may write (the default for a new one)", 0},
    {0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct ftp_user_command *command = state->input;
    switch (key) {
    case KEY_USERS:
        command->file = value;
        return 0;
    case KEY_FOLDER:
        if (value[0] != '/')
            argp_error(state, "--folder %s: it begins with /, which is the server's root", value);
        command->folder = value;
        return 0;
    case KEY_READ_ONLY:
        command->access = "read";
        return 0;
    case KEY_WRITE:
        command->access = "write";
        return 0;
    case ARGP_KEY_ARG:
        if (command->name)
            argp_error(state, "one NAME at a time: what is '%s'?", value);
        if (pb_field_name(value, strlen(value)))
            argp_error(state, "the name '%s' %s", value, pb_field_name(value, strlen(value)));
        command->name = value;
        return 0;
    case ARGP_KEY_END:
        if (!command->name)
            argp_error(state, "whose password? plugboard ftp-user NAME --users FILE");
        if (!command->file)
            argp_error(state, "which file? plugboard ftp-user %s --users FILE", command->name);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* One line of standard input, without its end. */
static int read_line(char *line, struct pb_error *error)
{
    size_t used = 0;
    char byte;
    ssize_t got;
    while ((got = read(STDIN_FILENO, &byte, 1)) == 1 && byte != '\n') {
        if (used == PASSWORD_MAX)
            return pb_status_fail(error, PB_USAGE, "a password has at most %d bytes", PASSWORD_MAX);
        line[used++] = byte;
    }
    if (got < 0)
        return pb_status_fail(error, PB_INTERRUPTED, "no password was given");
    if (used > 0 && line[used - 1] == '\r')
        used--;
    line[used] = 0;
    if (used == 0)
        return pb_status_fail(error, PB_USAGE, "the password is empty");
    return strlen(line) == used ? PB_OK
                                : pb_status_fail(error, PB_USAGE, "there is a NUL in the password");
}

static int ask(const char *question, char *line, struct pb_error *error)
{
    struct termios before, silent;
    bool terminal = tcgetattr(STDIN_FILENO, &before) == 0;
    if (terminal) {
        silent = before;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        fprintf(stderr, "%s", question);
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    int result = read_line(line, error);
    if (terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        fputc('\n', stderr);
    }
    return result;
}

static int read_password(char *password, struct pb_error *error)
{
    char again[PASSWORD_MAX + 1];
    int result = ask("Password: ", password, error);
    if (result == PB_OK && isatty(STDIN_FILENO)) {
        result = ask("Again: ", again, error);
        if (result == PB_OK && strcmp(password, again) != 0)
            result = pb_status_fail(error, PB_USAGE, "these are two different passwords");
        explicit_bzero(again, sizeof again);
    }
    return result;
}

int pb_command_ftp_user(int argc, char **argv)
{
    static const struct argp argp = {
        .options = table,
        .parser = parse,
        .args_doc = "NAME",
        .doc = "Writes a user of 'plugboard ftpd --cleartext --users FILE', or changes the "
               "password of one.\v"
               "The password is read from the terminal, without showing it, or as one line from a "
               "pipe; the file gets a hash "
               "(yescrypt). It is a CSV file with the columns name,password,folder,access: to take "
               "a user out, delete the line. "
               "Changes hold for the next session; the server need not be told."};
    struct ftp_user_command command = {0};
    struct pb_error error = {0};
    char password[PASSWORD_MAX + 1], hash[FTP_HASH_MAX], path[PATH_MAX];
    bool made = false;
    if (argp_parse(&argp, argc, argv, 0, NULL, &command))
        return 2;
    int result = read_password(password, &error);
    if (result == PB_OK)
        result = ftp_password_hash(password, hash, &error);
    explicit_bzero(password, sizeof password);
    if (result == PB_OK)
        result = ftp_users_put(command.file, command.name, hash, command.folder, command.access,
                               &made, &error);
    explicit_bzero(hash, sizeof hash);
    if (result != PB_OK)
        return pb_options_report("ftp-user", &error);
    pb_options_say("%s: %s in %s", command.name, made ? "written" : "changed",
                   realpath(command.file, path) ? path : command.file);
    return 0;
}
