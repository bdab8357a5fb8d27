/* Commands that take one word and the common options. */
#ifndef PLUGBOARD_KEYS_ONEWORD_H
#define PLUGBOARD_KEYS_ONEWORD_H

#include "options.h"

struct pb_oneword {
    const char *twice;   /* said to a second word: "one name at a time" */
    const char *missing; /* said when there is none */
    /* Anything but PB_OK refuses the word, with the sentence of error; NULL: every word will do. */
    int (*judge)(void *context, const char *word, struct pb_error *error);
    void *context;

    struct pb_options options; /* what was typed */
    const char *word;
};

/* A parser for struct argp; its input is a struct pb_oneword *, its one child pb_options_common. */
error_t pb_oneword_parse(int key, char *value, struct argp_state *state);

#endif
