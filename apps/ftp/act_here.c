/* lls, lcd, lpwd, !: this computer. */
#include "shell.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs a program of the person's own, with nothing of ours but the three standard descriptors. */
static int start(const char *const argv[], struct pb_error *error)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    int status = 0;
    fflush(stdout);
    sigaction(SIGINT, &ignore, &before); /* Ctrl-C is for it */
    pid_t child = fork();
    if (child == 0) {
        signal(SIGINT, SIG_DFL);
        signal(SIGPIPE, SIG_DFL);
        execvp(argv[0], (char *const *)argv);
        fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
        _exit(127);
    }
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    sigaction(SIGINT, &before, NULL);
    if (child < 0)
        return pb_status_fail(error, PB_SYSTEM, "%s: %s", argv[0], strerror(errno));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return PB_OK;
    return ftp_shell_said(PB_FILE, error);
}

int ftp_act_lls(struct ftp_shell *shell, const struct ftp_asked *asked, struct pb_error *error)
{
    const char *argv[FTP_WORDS_MAX + 2] = {"ls"};
    (void)shell;
    for (int i = 0; i < asked->count; i++) {
        ftp_words_plain(asked->word[i]);
        argv[i + 1] = asked->word[i];
    }
    return start(argv, error);
}

int ftp_act_bang(struct ftp_shell *shell, const struct ftp_asked *asked, struct pb_error *error)
{
    const char *shell_name = getenv("SHELL");
    const char *program = shell_name && *shell_name ? shell_name : "/bin/sh";
    char line[8192] = "";
    size_t used = 0;
    (void)shell;
    if (asked->count == 0)
        return start((const char *[]){program, NULL}, error);
    for (int i = 0; i < asked->count; i++) {
        int size = snprintf(line + used, sizeof line - used, "%s%s", i ? " " : "", asked->word[i]);
        if (size < 0 || used + (size_t)size >= sizeof line)
            return pb_status_fail(error, PB_USAGE, "!: that is too long");
        used += (size_t)size;
    }
    return start((const char *[]){program, "-c", line, NULL}, error);
}

int ftp_act_lcd(struct ftp_shell *shell, const struct ftp_asked *asked, struct pb_error *error)
{
    const char *home = getenv("HOME"), *path = asked->count ? asked->word[0] : home ? home : "/";
    (void)shell;
    if (asked->count)
        ftp_words_plain(asked->word[0]);
    return chdir(path) == 0 ? PB_OK
                            : pb_status_fail(error, PB_FILE, "lcd %s: %s", path, strerror(errno));
}

int ftp_act_lpwd(struct ftp_shell *shell, const struct ftp_asked *asked, struct pb_error *error)
{
    char path[PATH_MAX];
    (void)shell;
    (void)asked;
    if (!getcwd(path, sizeof path))
        return pb_status_fail(error, PB_FILE, "this folder has no name any more: %s",
                              strerror(errno));
    puts(path);
    return PB_OK;
}
