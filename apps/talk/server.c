/* plugboard server: shows each message with its sender's name and sends it back. */
#include "server/server.h"
#include "command.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define SHOWN_MAX                                                                                  \
    4096 /* bytes of a message that are shown: a larger one is a file rather than a line */

static void write_all(const char *line, size_t size)
{
    while (size > 0) {
        ssize_t wrote = write(STDOUT_FILENO, line, size);
        if (wrote < 0 && errno != EINTR)
            return; /* nobody reads it: the conversation goes on */
        if (wrote > 0) {
            line += wrote;
            size -= (size_t)wrote;
        }
    }
}

/* "alice: hello", in one write, so that the lines of many sessions do not mix. */
static void show(const char *who, const uint8_t *message, size_t size)
{
    static char line[4 * (PB_PEER_NAME_MAX + 1) + 4 * SHOWN_MAX + 64];
    size_t shown = size < SHOWN_MAX ? size : SHOWN_MAX;
    size_t used = pb_status_printable(line, sizeof line, who, strlen(who));
    line[used++] = ':';
    line[used++] = ' ';
    used += pb_status_printable(line + used, sizeof line - used, message, shown);
    if (shown < size)
        used += (size_t)snprintf(line + used, sizeof line - used, " ... (%zu bytes)", size);
    line[used++] = '\n';
    write_all(line, used);
}

static int send_back(struct pb_channel *channel, const uint8_t *message, size_t size,
                     struct pb_error *error)
{
    uint8_t *room = pb_channel_room(channel, size);
    if (!room)
        return pb_status_fail(error, PB_SYSTEM, "no memory for a message of %zu bytes", size);
    if (size)
        memcpy(room, message, size);
    return pb_channel_send(channel, size, error);
}

/* Shows and answers what is there. PB_AGAIN: all of it is done. */
static int answer(struct pb_channel *channel, const char *who, struct pb_error *error)
{
    const uint8_t *message;
    size_t size;
    int result = pb_channel_poll_message(channel, &message, &size, error);
    if (result == PB_OK) {
        show(who, message, size);
        result = send_back(channel, message, size, error);
    }
    return result;
}

static int talk(struct pb_channel *channel, const struct pb_service_session *session, void *context,
                struct pb_error *error)
{
    (void)context;
    for (;;) {
        int ready = pb_channel_wait(channel, session->stop_fd, -1);
        if (ready & PB_READY_OTHER) /* the server stops */
            return pb_channel_end(channel, error);
        if (!ready) {
            pb_channel_abort(channel, PB_REFUSAL_TOO_SLOW, "nothing was said for too long");
            return pb_status_fail(error, PB_TIMEOUT,
                                  "ended: nothing was said for too long (--idle)");
        }
        int result = answer(channel, session->who, error);
        if (result == PB_ENDED) {
            error->status = PB_OK; /* that is how it should end */
            return pb_channel_end(channel, error);
        }
        if (result != PB_OK && result != PB_AGAIN)
            return result;
    }
}

/* ---- the command ---- */

struct command {
    struct pb_server_settings settings;
    struct pb_options options;
};

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct command *command = state->input;
    (void)value;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &command->settings;
        state->child_inputs[1] = &command->options;
        state->child_inputs[2] = &command->options;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "what is '%s'? The ciphers are named with --cipher", value);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int pb_command_server(int argc, char **argv)
{
    static const struct argp_child children[] = {{&pb_server_argp, 0, NULL, 0},
                                                 {&pb_options_wire, 0, NULL, 0},
                                                 {&pb_options_common, 0, NULL, 0},
                                                 {0}};
    static const struct argp argp = {
        .parser = parse,
        .children = children,
        .doc = "The talk server: shows each message with its sender's name, and sends it back.\v"
               "The first line on standard output is 'listening on ADDR:PORT'; then one line a "
               "message. Everything else is on "
               "standard error. The keys folder holds keys.csv (made if missing), allowed.csv, "
               "refused.csv and clients.csv.\n\n"
               "Each session is a process of its own, in which the plugin can open no file and "
               "make few system calls. A call of "
               "a plugin that does not come back for 60 seconds ($PLUGBOARD_HANG_SECONDS) ends its "
               "session.\n\n"
               "SIGINT and SIGTERM stop the server after the current messages; a second one stops "
               "it at once."};
    static const struct pb_service service = {.name = "talk", .port = PB_SERVER_PORT, .run = talk};
    struct command command = {0};
    pb_server_settings_init(&command.settings);
    error_t failed = argp_parse(&argp, argc, argv, 0, NULL, &command);
    if (failed)
        return 2;
    return pb_server_run("server", &service, &command.settings, &command.options);
}
