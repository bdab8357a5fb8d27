/* The prompt: libedit reads its keys through a function of ours that also watches the channel. */
#include "prompt.h"

#include "lines.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

static volatile sig_atomic_t interrupted;

static void note_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

void pb_prompt_catch_interrupt(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction before, after = {.sa_handler = note_interrupt, .sa_flags = SA_RESETHAND};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(signals[i], &after, NULL);
}

bool pb_prompt_interrupted(void)
{
    return interrupted;
}

bool pb_prompt_possible(void)
{
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

static int wait_for(const struct pb_prompt *prompt)
{
    return prompt->wait ? prompt->wait(prompt->context, STDIN_FILENO)
                        : pb_channel_wait(prompt->channel, STDIN_FILENO, -1);
}

/* ---- plain lines ---- */

/* Gives all whole lines to say. PB_AGAIN: more input is needed. */
static int say_lines(const struct pb_prompt *prompt, struct pb_lines *lines, struct pb_error *error)
{
    const char *line;
    size_t size;
    int result;
    while ((result = pb_lines_next(lines, &line, &size, error)) == PB_OK)
        if ((result = prompt->say(prompt->context, line, size)) != PB_AGAIN)
            return result;
    return result;
}

static int run_plain(const struct pb_prompt *prompt, struct pb_error *error)
{
    struct pb_lines lines = {0};
    int result = PB_AGAIN;
    while (result == PB_AGAIN) {
        fputs(prompt->text, stdout);
        fflush(stdout);
        int ready = 0;
        bool dropped = false;
        while (!ready && !interrupted && !dropped) {
            ready = wait_for(prompt);
            dropped = !ready && prompt->dropped && prompt->dropped(prompt->context);
        }
        if (dropped) {
            putchar('\n');
        } else if (interrupted) {
            putchar('\n');
            result = PB_INTERRUPTED;
        } else if (ready & PB_READY_MESSAGE) {
            putchar('\n');
            result = prompt->hear(prompt->context);
        } else if ((result = pb_lines_fill(&lines, STDIN_FILENO, error)) == PB_OK) {
            result = say_lines(prompt, &lines, error);
            if (result == PB_ENDED && lines.ended)
                putchar('\n');
        }
    }
    pb_lines_free(&lines);
    return result;
}

#ifdef PB_HAVE_EDIT
#include <histedit.h>

struct editing {
    const struct pb_prompt *prompt;
    int result; /* of the prompt; PB_AGAIN: it goes on */
    sigset_t signals;
};

static char *prompt_text(EditLine *edit)
{
    struct editing *editing = NULL;
    static char text[80];
    el_get(edit, EL_CLIENTDATA, &editing);
    snprintf(text, sizeof text, "%s", editing->prompt->text);
    return text;
}

/* Takes the prompt and the line under edit off the screen, however many rows they have. */
static void step_aside(EditLine *edit, const char *text)
{
    const LineInfoW *line = el_wline(edit);
    size_t width = strlen(text), columns = 80;
    struct winsize window;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0)
        columns = window.ws_col;
    for (const wchar_t *at = line->buffer; at < line->cursor; at++)
        width += wcwidth(*at) > 0 ? (size_t)wcwidth(*at) : 0;
    if (width / columns > 0)
        printf("\033[%zuA", width / columns);
    fputs("\r\033[J", stdout);
    fflush(stdout);
}

/* The next key as a wide character; what is not UTF-8 comes as U+FFFD. 0: end of input. */
static int read_key(wchar_t *key)
{
    mbstate_t state = {0};
    char byte;
    for (;;) {
        ssize_t got = read(STDIN_FILENO, &byte, 1);
        if (got <= 0)
            return 0;
        size_t used = mbrtowc(key, &byte, 1, &state);
        if (used == (size_t)-1)
            *key = 0xfffd;
        if (used != (size_t)-2)
            return 1;
    }
}

/* Resized, or continued after Ctrl-Z: handled by us and only while we wait, since libedit's own
 * handlers know nothing of our waiting, and a message that is being sent must not be interrupted.
 */
static volatile sig_atomic_t disturbed;

static void note_disturbance(int number)
{
    (void)number;
    disturbed = 1;
}

static void watch_window(struct sigaction old[2], sigset_t *signals)
{
    struct sigaction action = {.sa_handler = note_disturbance};
    sigemptyset(signals);
    sigaddset(signals, SIGWINCH);
    sigaddset(signals, SIGCONT);
    sigprocmask(SIG_BLOCK, signals, NULL);
    sigaction(SIGWINCH, &action, &old[0]);
    sigaction(SIGCONT, &action, &old[1]);
}

static void leave_window(const struct sigaction old[2], const sigset_t *signals)
{
    sigaction(SIGWINCH, &old[0], NULL);
    sigaction(SIGCONT, &old[1], NULL);
    sigprocmask(SIG_UNBLOCK, signals, NULL);
}

/* The terminal as the prompt needs it, whatever the shell made of it meanwhile, and all drawn anew.
 */
static void settle(EditLine *edit)
{
    disturbed = 0;
    el_set(edit, EL_PREP_TERM, 0);
    el_set(edit, EL_PREP_TERM, 1);
    el_resize(edit);
    fputs("\r\033[J", stdout);
    fflush(stdout);
    el_set(edit, EL_REFRESH);
}

/* Ctrl-C: the line stays on the screen, and a new one begins. */
static void drop(EditLine *edit)
{
    const LineInfo *line = el_line(edit);
    size_t size = (size_t)(line->lastchar - line->buffer);
    el_cursor(edit, (int)(line->lastchar - line->cursor));
    if (size > 0)
        el_deletestr(edit, (int)size);
    fputs("^C\n\r\033[J", stdout);
    fflush(stdout);
    el_set(edit, EL_REFRESH);
}

/* Tab. */
static unsigned char complete(EditLine *edit, int key)
{
    struct editing *editing = NULL;
    char add[1024] = "";
    (void)key;
    el_get(edit, EL_CLIENTDATA, &editing);
    const struct pb_prompt *prompt = editing->prompt;
    const LineInfo *line = el_line(edit);
    bool shown = prompt->complete(prompt->context, line->buffer,
                                  (size_t)(line->cursor - line->buffer), add, sizeof add);
    if (*add && el_insertstr(edit, add) == 0)
        return CC_REFRESH;
    return shown ? CC_REDISPLAY : CC_ERROR;
}

/* What libedit calls for each key: meanwhile messages are shown above the line. */
static int next_key(EditLine *edit, wchar_t *key)
{
    struct editing *editing = NULL;
    el_get(edit, EL_CLIENTDATA, &editing);
    const struct pb_prompt *prompt = editing->prompt;
    while (!interrupted) {
        sigprocmask(SIG_UNBLOCK, &editing->signals, NULL);
        int ready = disturbed ? 0 : wait_for(prompt);
        sigprocmask(SIG_BLOCK, &editing->signals, NULL);
        if (disturbed)
            settle(edit);
        else if (!ready && prompt->dropped && prompt->dropped(prompt->context))
            drop(edit);
        if (ready & PB_READY_MESSAGE) {
            step_aside(edit, prompt->text);
            editing->result = prompt->hear(prompt->context);
            fflush(stdout);
            if (editing->result != PB_AGAIN)
                return 0;
            el_set(edit, EL_REFRESH);
        } else if (ready & PB_READY_OTHER) {
            return read_key(key);
        }
    }
    putchar('\n');
    editing->result = PB_INTERRUPTED;
    return 0;
}

/* Keys that every terminal emulator has and libedit's emacs mode leaves out. */
static void bind_keys(EditLine *edit)
{
    static const char *const keys[][2] = {
        {"^R", "em-inc-search-prev"}, {"\\e[3~", "ed-delete-next-char"},
        {"\\e[H", "ed-move-to-beg"},  {"\\e[F", "ed-move-to-end"},
        {"\\e[1~", "ed-move-to-beg"}, {"\\e[4~", "ed-move-to-end"},
        {"\\e[1;5C", "em-next-word"}, {"\\e[1;5D", "ed-prev-word"},
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        el_set(edit, EL_BIND, keys[i][0], keys[i][1], NULL);
}

static int run_editing(const struct pb_prompt *prompt, struct pb_error *error)
{
    struct editing editing = {.prompt = prompt, .result = PB_AGAIN};
    struct sigaction old[2];
    HistEvent event;
    watch_window(old, &editing.signals);
    EditLine *edit = el_init("plugboard", stdin, stdout, stderr);
    History *past = history_init();
    if (!edit || !past) {
        editing.result = pb_status_fail(error, PB_SYSTEM, "no memory for the prompt");
        goto out;
    }
    history(past, &event, H_SETSIZE, 1000);
    history(past, &event, H_SETUNIQUE, 1);
    el_set(edit, EL_CLIENTDATA, &editing);
    el_set(edit, EL_PROMPT, prompt_text);
    el_set(edit, EL_EDITOR, "emacs");
    el_set(edit, EL_HIST, history, past);
    el_set(edit, EL_GETCFN, next_key);
    bind_keys(edit);
    if (prompt->complete) {
        el_wset(edit, EL_ADDFN, L"complete", L"what may stand here", complete); /* el_set copies these words, and loses the copies */
        el_set(edit, EL_BIND, "^I", "complete", NULL);
    }
    while (editing.result == PB_AGAIN) {
        int count = 0;
        const char *line = el_gets(edit, &count);
        if (editing.result != PB_AGAIN)
            break;
        if (!line || count <= 0) {
            putchar('\n');
            editing.result = PB_ENDED;
            break;
        }
        size_t size = strcspn(line, "\r\n");
        if (size > 0)
            history(past, &event, H_ENTER, line);
        editing.result = prompt->say(prompt->context, line, size);
    }
out:
    if (past)
        history_end(past);
    if (edit)
        el_end(edit);
    leave_window(old, &editing.signals);
    return editing.result;
}
#endif

int pb_prompt_run(const struct pb_prompt *prompt, struct pb_error *error)
{
#ifdef PB_HAVE_EDIT
    const char *terminal = getenv("TERM");
    if (terminal && *terminal && strcmp(terminal, "dumb") != 0)
        return run_editing(prompt, error);
#endif
    return run_plain(prompt, error);
}
