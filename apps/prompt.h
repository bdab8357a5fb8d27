/* A prompt that listens: somebody types, and meanwhile messages come in over a channel and are
 * shown above the line under edit. With libedit there are history and line editing; without it, or
 * on a dumb terminal, plain lines. */
#ifndef PLUGBOARD_PROMPT_H
#define PLUGBOARD_PROMPT_H

#include "channel.h"

#include <stdbool.h>
#include <stddef.h>

struct pb_prompt {
    const char *text; /* "xor> " */
    struct pb_channel *channel;
    void *context; /* given to both */

    /* Something can be received, or the other side ended; the line under edit is out of the way
     * meanwhile. say: a line was typed (without its newline). Both: PB_AGAIN goes on, anything else
     * ends the prompt. */
    int (*hear)(void *context);
    int (*say)(void *context, const char *line, size_t size);

    /* May be NULL, all three. */
    /* Instead of pb_channel_wait(channel, other, -1). */
    int (*wait)(void *context, int other);
    /* Asked when a signal came: true drops the line under edit, and the prompt begins anew. */
    bool (*dropped)(void *context);
    /* Tab: what is to be added behind line (size bytes: up to the cursor), into add (room bytes,
     * may become ""). Several fit: it may show them below the line, then true. */
    bool (*complete)(void *context, const char *line, size_t size, char *add, size_t room);
};

/* Both ends are a terminal: somebody sits there. */
bool pb_prompt_possible(void);

/* Returns what hear or say ended it with; PB_ENDED: end of input (Ctrl-D); PB_INTERRUPTED: Ctrl-C.
 */
int pb_prompt_run(const struct pb_prompt *prompt, struct pb_error *error) PB_CHECKED;

/* From now on Ctrl-C (and SIGTERM, SIGHUP) only ends waits, so that a conversation can be ended
 * properly; the second one ends the program as ever. */
void pb_prompt_catch_interrupt(void);
bool pb_prompt_interrupted(void);

#endif
