/* One line of commands, wherever it comes from. */
#include "shell.h"

#include "interrupt.h"
#include "lines.h"
#include "options.h"
#include "prompt.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- what all commands use ---- */

void ftp_shell_complain(const struct pb_error *error)
{
    char safe[2 * PB_ERROR_MAX];
    if (!*error->text)
        return;
    pb_status_printable(safe, sizeof safe, error->text, strlen(error->text));
    fflush(stdout);
    pb_options_say("%s", safe);
}

bool ftp_asked_for(const struct ftp_asked *asked, char letter)
{
    return strchr(asked->option, letter) != NULL;
}

bool ftp_shell_stops(struct ftp_shell *shell, int *result, int status, const struct pb_error *why)
{
    if (status == PB_OK)
        return false;
    ftp_shell_complain(why);
    if (*result == PB_OK)
        *result = status;
    return shell->remote->gone || ftp_interrupt_came();
}

int ftp_shell_said(int result, struct pb_error *error)
{
    if (result != PB_OK)
        error->status = result;
    return result;
}

bool ftp_shell_base(const char *path, char *name)
{
    size_t end = strlen(path);
    while (end > 0 && path[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/')
        start--;
    size_t size = end - start;
    if (size == 0 || size > NAME_MAX ||
        (path[start] == '.' && (size == 1 || (size == 2 && path[start + 1] == '.'))))
        return false;
    memcpy(name, path + start, size);
    name[size] = 0;
    return true;
}

/* ---- running ---- */

/* Takes the leading options off. */
static int options_of(const struct ftp_action *action, struct ftp_asked *asked,
                      struct pb_error *error)
{
    size_t used = 0;
    while (asked->count > 0 && asked->word[0][0] == '-' && asked->word[0][1] &&
           action->run != ftp_act_lls && action->run != ftp_act_bang &&
           action->run != ftp_act_quote) {
        const char *letters = asked->word[0] + 1;
        asked->word++;
        asked->count--;
        if (strcmp(letters, "-") == 0)
            break;
        for (; *letters; letters++) {
            if (!strchr(action->options, *letters))
                return pb_status_fail(error, PB_USAGE, "%s does not know -%c: %s", action->name,
                                      *letters, action->usage);
            if (!strchr(asked->option, *letters) && used + 1 < sizeof asked->option)
                asked->option[used++] = *letters;
        }
    }
    return PB_OK;
}

static int run(struct ftp_shell *shell, int count, char **word, struct pb_error *error)
{
    if (count == 0)
        return PB_OK;
    const struct ftp_action *action = ftp_actions_find(word[0]);
    struct ftp_asked asked = {.word = word + 1, .count = count - 1};
    if (!action)
        return pb_status_fail(error, PB_USAGE, "there is no command '%s' (help shows all)",
                              word[0]);
    int result = options_of(action, &asked, error);
    if (result != PB_OK)
        return result;
    if (asked.count < action->least || asked.count > action->most)
        return pb_status_fail(error, PB_USAGE, "it is: %s", action->usage);
    for (int i = 0; i < asked.count; i++)
        if (strpbrk(asked.word[i], "\r\n"))
            return pb_status_fail(error, PB_USAGE, "a line break in a name: nothing was sent");
    ftp_remote_settle(shell->remote);
    result = action->run(shell, &asked, error);
    if (fflush(stdout) != 0 && result == PB_OK)
        return pb_status_fail(error, PB_SYSTEM, "standard output cannot be written");
    return result;
}

/* The rest of the line is the other shell's business. */
static int bang(struct ftp_shell *shell, const char *line, size_t size, struct pb_error *error)
{
    char *rest = strndup(line, size), *word[] = {rest, NULL};
    struct ftp_asked asked = {.word = word, .count = rest && rest[strspn(rest, " \t")] ? 1 : 0};
    int result = ftp_act_bang(shell, &asked, error);
    free(rest);
    return result;
}

static int run_line(struct ftp_shell *shell, const char *line, size_t size)
{
    struct ftp_words words = {0};
    struct pb_error error = {0};
    bool goes_on = false;
    while (size > 0 && strchr(" \t", *line)) {
        line++;
        size--;
    }
    if (size > 0 && line[size - 1] == '\r') /* a batch file written on another system */
        size--;
    if (size > 1 && *line == '-') {
        goes_on = true;
        line++;
        size--;
    }
    ftp_interrupt_forget();
    int result = size > 0 && *line == '!' ? bang(shell, line + 1, size - 1, &error)
                                          : ftp_words_split(&words, line, size, &error);
    if (result == PB_OK && words.count > 0)
        result = run(shell, words.count, words.word, &error);
    ftp_words_free(&words);
    if (result != PB_OK)
        ftp_shell_complain(&error);
    return goes_on && !shell->remote->gone ? PB_OK : result;
}

/* The shell of the computer has split them: a backslash is a backslash. */
int ftp_shell_words(struct ftp_shell *shell, int count, char **word)
{
    struct pb_error error = {0};
    char **copy = calloc((size_t)count + 1, sizeof *copy);
    int result = copy ? PB_OK : pb_status_fail(&error, PB_SYSTEM, "no memory for the command");
    for (int i = 0; copy && i < count; i++) {
        char *to = copy[i] = malloc(2 * strlen(word[i]) + 1);
        for (const char *at = word[i]; to && *at; *to++ = *at++)
            if (*at == '\\')
                *to++ = '\\';
        if (to)
            *to = 0;
        else
            result = pb_status_fail(&error, PB_SYSTEM, "no memory for the command");
    }
    if (result == PB_OK)
        result = run(shell, count, copy, &error);
    if (result != PB_OK)
        ftp_shell_complain(&error);
    for (int i = 0; copy && i < count; i++)
        free(copy[i]);
    free(copy);
    return result;
}

/* ---- from a pipe ---- */

int ftp_shell_batch(struct ftp_shell *shell)
{
    struct pb_lines lines = {0};
    struct pb_error error = {0};
    const char *line;
    size_t size;
    int result = PB_OK;
    while (result == PB_OK && !shell->over && !ftp_interrupt_leave()) {
        result = pb_lines_next(&lines, &line, &size, &error);
        if (result == PB_AGAIN) {
            result = pb_lines_fill(&lines, STDIN_FILENO, &error);
        } else if (result == PB_OK) {
            result = run_line(shell, line, size);
            if (result != PB_OK && result != PB_INTERRUPTED && lines.number > 1)
                pb_options_say("line %lu was the last one: it failed", lines.number);
        }
    }
    ftp_shell_complain(&error);
    pb_lines_free(&lines);
    return result == PB_OK || result == PB_ENDED ? ftp_interrupt_leave() : 1;
}

/* ---- at a terminal ---- */

static int hear(void *context)
{
    struct ftp_shell *shell = context;
    struct pb_error error = {0};
    int result = ftp_remote_hear(shell->remote, &error);
    if (result == PB_OK) { /* nobody asked: 421, most likely */
        (void)!ftp_remote_refused(shell->remote, "the server says", &error);
        shell->remote->gone |= shell->remote->reply.code == 421;
    }
    ftp_shell_complain(&error);
    return shell->remote->gone ? PB_TRUNCATED : PB_AGAIN;
}

static int say(void *context, const char *line, size_t size)
{
    struct ftp_shell *shell = context;
    (void)run_line(shell, line, size);
    if (shell->over)
        return PB_ENDED;
    return shell->remote->gone || ftp_interrupt_leave() ? PB_TRUNCATED : PB_AGAIN;
}

static int await(void *context, int other)
{
    struct ftp_shell *shell = context;
    return shell->remote->carrier.kind->wait(&shell->remote->carrier, other, -1);
}

static bool dropped(void *context)
{
    (void)context;
    bool came = ftp_interrupt_came() && !ftp_interrupt_leave();
    ftp_interrupt_forget();
    return came;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void show_all(const struct ftp_completion *completion)
{
    char safe[1024];
    qsort(completion->name, completion->count, sizeof *completion->name, by_name);
    putchar('\n');
    for (size_t i = 0; i < completion->count; i++) {
        pb_status_printable(safe, sizeof safe, completion->name[i], strlen(completion->name[i]));
        printf("%s%s", i ? "  " : "", safe);
    }
    putchar('\n');
    fflush(stdout);
}

static bool complete(void *context, const char *line, size_t size, char *add, size_t room)
{
    struct ftp_completion completion = {0};
    ftp_complete(context, line, size, &completion);
    snprintf(add, room, "%s", completion.add);
    bool shown = !*completion.add && completion.count > 1;
    if (shown)
        show_all(&completion);
    ftp_complete_free(&completion);
    return shown;
}

int ftp_shell_prompt(struct ftp_shell *shell)
{
    struct pb_error error = {0};
    char text[64];
    snprintf(text, sizeof text, "ftp %s> ", shell->title);
    struct pb_prompt prompt = {.text = text,
                               .context = shell,
                               .hear = hear,
                               .say = say,
                               .wait = await,
                               .dropped = dropped,
                               .complete = complete};
    int result = pb_prompt_run(&prompt, &error);
    ftp_shell_complain(&error);
    return result == PB_ENDED ? 0 : 1;
}
