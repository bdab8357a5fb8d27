/* The conversation of a client, from a pipe or at a terminal. */
#include "talk.h"

#include "lines.h"
#include "prompt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LAST_WORDS = 10 }; /* seconds for what the server still has to say after our END */

/* A reply as it is; on a terminal so that no byte of it can act there. */
static void show(const char *mark, const uint8_t *data, size_t size)
{
    if (!isatty(STDOUT_FILENO)) {
        fwrite(data, 1, size, stdout);
        putchar('\n');
        return;
    }
    char *safe = malloc(4 * size + 1);
    if (!safe)
        return;
    pb_status_printable(safe, 4 * size + 1, data, size);
    printf("%s%s\n", mark, safe);
    free(safe);
}

/* ---- from a pipe ---- */

struct piped {
    struct pb_channel *channel;
    struct pb_lines lines;
    unsigned long sent, answered;
};

static int output_failed(struct pb_error *error)
{
    if (!ferror(stdout))
        return PB_OK;
    return pb_status_fail(error, PB_SYSTEM, "the replies cannot be written: %s", strerror(errno));
}

/* Shows all replies that are there already. PB_OK: more will come. */
static int drain(struct piped *piped, struct pb_error *error)
{
    const uint8_t *data;
    size_t size;
    int result;
    while ((result = pb_channel_poll_message(piped->channel, &data, &size, error)) == PB_OK) {
        piped->answered++;
        show("", data, size);
        if ((result = output_failed(error)) != PB_OK)
            return result;
    }
    return result == PB_AGAIN ? PB_OK : result;
}

/* Sends the lines that are there; between two of them it takes replies, so that neither side waits
 * for the other. PB_OK: that was the last; PB_AGAIN: more input may come. */
static int send_lines(struct piped *piped, struct pb_error *error)
{
    const char *line;
    size_t size;
    int result;
    while ((result = pb_lines_next(&piped->lines, &line, &size, error)) == PB_OK) {
        if (pb_prompt_interrupted())
            return pb_status_fail(error, PB_INTERRUPTED, "interrupted");
        if ((result = pb_channel_write(piped->channel, line, size, error)) != PB_OK)
            return result;
        piped->sent++;
        if ((result = drain(piped, error)) != PB_OK)
            return result;
    }
    return result == PB_ENDED ? PB_OK : result;
}

static int send_input(struct piped *piped, struct pb_error *error)
{
    int result = PB_AGAIN;
    while (result == PB_AGAIN) {
        if (pb_prompt_interrupted())
            return pb_status_fail(error, PB_INTERRUPTED, "interrupted");
        int ready = pb_channel_wait(piped->channel, STDIN_FILENO, -1);
        if (ready & PB_READY_MESSAGE && (result = drain(piped, error)) != PB_OK)
            return result;
        result = PB_AGAIN;
        if (ready & PB_READY_OTHER) {
            result = pb_lines_fill(&piped->lines, STDIN_FILENO, error);
            if (result == PB_OK)
                result = send_lines(piped, error);
        }
    }
    return result;
}

/* Our END, then the replies that are due. Without any message the server's END is waited for: only
 * then is it known that it took our key. */
static int take_rest(struct piped *piped, struct pb_error *error)
{
    const uint8_t *data;
    size_t size;
    int result = pb_channel_end(piped->channel, error);
    while (result == PB_OK && (piped->answered < piped->sent || piped->sent == 0)) {
        result = pb_channel_receive(piped->channel, &data, &size, error);
        if (result == PB_ENDED)
            break;
        if (result == PB_OK) {
            piped->answered++;
            show("", data, size);
            result = output_failed(error);
        }
    }
    return result;
}

int pb_converse_lines(struct pb_channel *channel, struct pb_error *error)
{
    struct piped piped = {.channel = channel};
    struct pb_error wrong = {0};
    int result = send_input(&piped, &wrong);
    if (result == PB_OK) {
        result = take_rest(&piped, &wrong);
        if (result == PB_ENDED && piped.answered >= piped.sent)
            result = PB_OK;
    } else if (result ==
               PB_FILE) { /* a line that is too long: what was sent before it is answered */
        (void)!take_rest(&piped, NULL);
    } else if (result == PB_INTERRUPTED) {
        pb_channel_abort(channel, PB_REFUSAL_CANCELLED, NULL);
    }
    pb_lines_free(&piped.lines);
    if (result == PB_OK)
        return PB_OK;
    if (result == PB_ENDED)
        return pb_status_fail(error, PB_TRUNCATED,
                              "the server ended the conversation: %lu messages, %lu replies",
                              piped.sent, piped.answered);
    return pb_status_fail(error, result, "%s (%lu messages sent, %lu replies)", wrong.text,
                          piped.sent, piped.answered);
}

/* ---- at a terminal ---- */

struct typed {
    struct pb_channel *channel;
    struct pb_error *error;
};

static int hear(void *context)
{
    struct typed *typed = context;
    const uint8_t *data;
    size_t size;
    int result;
    while ((result = pb_channel_poll_message(typed->channel, &data, &size, typed->error)) == PB_OK)
        show("< ", data, size);
    return result;
}

static int say(void *context, const char *line, size_t size)
{
    struct typed *typed = context;
    if (size > 0 && line[0] == '/' && line[1] != '/') {
        if (size == 5 && memcmp(line, "/quit", 5) == 0)
            return PB_ENDED;
        if (!(size == 5 && memcmp(line, "/help", 5) == 0))
            printf("There is no such command.\n");
        printf("Each line is a message. /quit (or Ctrl-D) ends, /help shows this; a message that\n"
               "begins with / is typed with a second one: //etc. Arrows up and down bring back\n"
               "earlier lines, Ctrl-R searches them.\n");
        return PB_AGAIN;
    }
    if (size > 0 && line[0] == '/') {
        line++;
        size--;
    }
    if (size > PB_LINES_MAX) {
        printf("Not sent: longer than a message can be (%u bytes).\n", PB_LINES_MAX);
        return PB_AGAIN;
    }
    int result = pb_channel_write(typed->channel, line, size, typed->error);
    return result == PB_OK ? PB_AGAIN : result;
}

/* We have said what we wanted; the server may still have something to say before its END. */
static int part(struct typed *typed)
{
    const uint8_t *data;
    size_t size;
    pb_channel_set_idle(typed->channel, LAST_WORDS);
    int result = pb_channel_end(typed->channel, typed->error);
    while (result == PB_OK) {
        result = pb_channel_receive(typed->channel, &data, &size, typed->error);
        if (result == PB_OK)
            show("< ", data, size);
    }
    return result == PB_ENDED ? PB_OK : result;
}

int pb_converse_prompt(struct pb_channel *channel, const char *prompt, struct pb_error *error)
{
    struct pb_error gone = {0}, input = {0};
    struct typed typed = {.channel = channel, .error = &gone};
    struct pb_prompt asking = {
        .text = prompt, .channel = channel, .context = &typed, .hear = hear, .say = say};
    int result = pb_prompt_run(&asking, &input);
    if (input.status != PB_OK)
        return pb_status_fail(error, input.status, "%s", input.text);
    if (gone.status == PB_OK && (result == PB_ENDED || result == PB_INTERRUPTED)) {
        if (part(&typed) == PB_OK)
            return PB_OK;
    } else if (gone.status == PB_ENDED) {
        pb_options_say("the server has ended the conversation");
        (void)!pb_channel_end(channel, NULL);
        return PB_OK;
    }
    return pb_status_fail(error, gone.status, "the server is gone: %s", gone.text);
}
