/* The parts of `plugboard client`: client.c is its command line, converse.c talks. */
#ifndef PLUGBOARD_TALK_H
#define PLUGBOARD_TALK_H

#include "channel.h"
#include "options.h"

/* ---- converse.c ---- */

/* From a pipe: one message a line, replies alone on standard output; PB_OK when the last reply is
 * there. */
int pb_converse_lines(struct pb_channel *channel, struct pb_error *error) PB_CHECKED;

/* At a terminal, under a prompt; PB_OK: both sides ended properly. */
int pb_converse_prompt(struct pb_channel *channel, const char *prompt,
                       struct pb_error *error) PB_CHECKED;

#endif
