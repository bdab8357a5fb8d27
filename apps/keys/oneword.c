/* One word: not none, not two. */
#include "oneword.h"

error_t pb_oneword_parse(int key, char *value, struct argp_state *state)
{
    struct pb_oneword *one = state->input;
    struct pb_error error = {0};
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &one->options;
        return 0;
    case ARGP_KEY_ARG:
        if (one->word)
            argp_error(state, "%s: '%s' is too much", one->twice, value);
        if (one->judge && one->judge(one->context, value, &error) != PB_OK)
            argp_error(state, "%s", error.text);
        one->word = value;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "%s", one->missing);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}
