/* plugboard client: a call to the server, and then a conversation. */
#include "command.h"
#include "prompt.h"
#include "talk.h"

#include "client/caller.h"

#include <stdio.h>

enum { TALK_PORT = 10101 };

/* ---- the command line ---- */

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct pb_caller *caller = state->input;
    struct pb_error error = {0};
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = caller;
        state->child_inputs[1] = state->child_inputs[2] = caller->options;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            argp_error(state, "one server is enough: '%s' is too much", value);
        if (pb_net_split(value, caller->host, &caller->port, &error) != PB_OK)
            argp_error(state, "%s", error.text);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&pb_caller_argp, 0, NULL, 0},
                                             {&pb_options_wire, 0, NULL, 0},
                                             {&pb_options_common, 0, NULL, 0},
                                             {0}};
static const struct argp argp = {
    .parser = parse,
    .args_doc = "[HOST[:PORT]]",
    .doc = "Talk to a plugboard server (127.0.0.1:10101 if no other is named).\v"
           "At a terminal there is a prompt with history; /quit ends. From a pipe each line is one "
           "message, "
           "the replies alone are on standard output, and the program ends when the last one is "
           "there.\n\n"
           "  plugboard client --cipher xor\n"
           "  echo hello | plugboard client --cipher box 192.0.2.7:10101",
    .children = children,
};

static int talk(struct pb_caller *caller, struct pb_error *error)
{
    char prompt[PB_NAME_MAX + 4];
    if (!pb_prompt_possible())
        return pb_converse_lines(caller->channel, error);
    pb_options_say("connected under %s; each line is a message, /quit ends, /help tells more",
                   caller->party.cipher->name);
    snprintf(prompt, sizeof prompt, "%s> ", caller->party.cipher->name);
    return pb_converse_prompt(caller->channel, prompt, error);
}

int pb_command_client(int argc, char **argv)
{
    struct pb_options options = {0};
    struct pb_caller caller = {.command = "client",
                               .service = "talk",
                               .options = &options,
                               .host = "127.0.0.1",
                               .port = TALK_PORT};
    struct pb_error error = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &caller);
    if (!caller.cipher)
        return pb_options_ask_cipher("client --cipher NAME", &options);

    pb_prompt_catch_interrupt();
    int result = pb_caller_prepare(&caller, &error);
    if (result == PB_OK)
        result = pb_caller_call(&caller, &error);
    if (result == PB_OK)
        result = talk(&caller, &error);
    int exit_code = pb_caller_report(&caller, result, &error);
    pb_caller_close(&caller);
    return exit_code;
}
