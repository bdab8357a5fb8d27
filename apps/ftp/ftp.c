/* plugboard ftp: files to and from a server, sealed or in clear. */
#include "command.h"
#include "gateway.h"
#include "shell.h"

#include "client/caller.h"
#include "interrupt.h"
#include "meter.h"
#include "prompt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum {
    PORT = 10121,
    PORT_CLEAR = 10122,
    SILENCE = 60,
    KEY_CLEARTEXT = 0x3000,
    KEY_SILENCE,
    KEY_PASSWORD,
    KEY_GATEWAY,
    KEY_ANYWHERE
};

struct ftp {
    struct pb_options options;
    struct pb_caller caller;
    bool cleartext, anywhere, quiet;
    const char *password_file, *gateway;
    unsigned silence;
    char **word; /* COMMAND ARGS... */
    int words;
    struct ftp_remote remote;
};

/* ---- the command line ---- */

static const struct argp_option table[] = {
    {"cleartext", KEY_CLEARTEXT, NULL, 0,
     "plain FTP: everything, the password too, can be read on the wire", 0},
    {"timeout", KEY_SILENCE, "SECONDS", 0,
     "how long the server may be silent (default 60; 0: for ever)", 0},
    {"password-file", KEY_PASSWORD, "FILE", 0,
     "with --cleartext: its first line is the password (otherwise it is asked for)", 0},
    {"gateway", KEY_GATEWAY, "ADDR:PORT", 0,
     "plain FTP for any client there, the sealed channel to HOST", 0},
    {"allow-remote", KEY_ANYWHERE, NULL, 0,
     "the gateway may listen on an address that others can reach", 0},
    {"quiet", 'q', NULL, 0, "no progress meter", 0},
    {0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct ftp *ftp = state->input;
    struct pb_error error = {0};
    char *end;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &ftp->caller;
        state->child_inputs[1] = state->child_inputs[2] = &ftp->options;
        return 0;
    case KEY_CLEARTEXT:
        ftp->cleartext = true;
        return 0;
    case KEY_SILENCE:
        ftp->silence = (unsigned)strtoul(value, &end, 10);
        if (*value < '0' || *value > '9' || *end || ftp->silence > 86400)
            argp_error(state, "--timeout %s: it is 0 to 86400 seconds", value);
        return 0;
    case KEY_PASSWORD:
        ftp->password_file = value;
        return 0;
    case KEY_GATEWAY:
        ftp->gateway = value;
        return 0;
    case KEY_ANYWHERE:
        ftp->anywhere = true;
        return 0;
    case 'q':
        ftp->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0 ||
            ftp_actions_find(value)) { /* the rest is a command with its own options */
            ftp->word = state->argv + state->next - 1;
            ftp->words = state->argc - state->next + 1;
            state->next = state->argc;
            if (!ftp_actions_find(value))
                argp_error(state, "there is no command '%s' (plugboard ftp --help)", value);
        } else if (pb_net_split(value, ftp->caller.host, &ftp->caller.port, &error) != PB_OK) {
            argp_error(state, "%s", error.text);
        }
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
    .options = table,
    .parser = parse,
    .args_doc = "[HOST[:PORT]] [COMMAND ARGUMENT...]",
    .doc = "Files to and from plugboard ftpd (127.0.0.1:10121 if no other is named), under any "
           "cipher.\v"
           "Without a COMMAND: a prompt at a terminal, where help shows all commands; from a pipe "
           "one command a line, up "
           "to the first that fails (-COMMAND goes on).\n\n"
           "  plugboard ftp --cipher box\n"
           "  plugboard ftp --cipher box 192.0.2.7 get notes.txt\n"
           "  plugboard ftp --cipher xor 192.0.2.7 put -r pictures\n"
           "  plugboard ftp --cipher box --gateway 127.0.0.1:2121 192.0.2.7\n\n"
           "A download is written to a hidden name and gets its own when it is whole and verified. "
           "Under a cipher that does not "
           "notice changes, and when a transfer goes on in the middle, that is by SHA-256 if the "
           "server has it.",
    .children = children,
};

/* ---- plain FTP ---- */

static int read_password(FILE *from, char *password, size_t size, struct pb_error *error)
{
    if (!fgets(password, (int)size, from))
        return pb_status_fail(error, PB_FILE, "there is no password to be read");
    if (!strchr(password, '\n') && strlen(password) + 1 == size)
        return pb_status_fail(error, PB_FILE, "the password is too long");
    password[strcspn(password, "\r\n")] = 0;
    return PB_OK;
}

static int ask_password(char *password, size_t size, struct pb_error *error)
{
    struct termios before, silent;
    FILE *terminal = fopen("/dev/tty", "r+e");
    if (!terminal)
        return pb_status_fail(error, PB_USAGE,
                              "the server asks for a password: --password-file FILE");
    fputs("Password (it will be sent in clear): ", terminal);
    fflush(terminal);
    bool quiet = tcgetattr(fileno(terminal), &before) == 0;
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    if (quiet)
        tcsetattr(fileno(terminal), TCSAFLUSH, &silent);
    int result = read_password(terminal, password, size, error);
    if (quiet)
        tcsetattr(fileno(terminal), TCSAFLUSH, &before);
    fputc('\n', terminal);
    fclose(terminal);
    return result;
}

static int find_password(void *context, char *password, size_t size, struct pb_error *error)
{
    struct ftp *ftp = context;
    const char *environment = getenv("PLUGBOARD_FTP_PASSWORD");
    if (ftp->password_file) {
        FILE *file = fopen(ftp->password_file, "re");
        if (!file)
            return pb_status_fail(error, PB_FILE, "%s: %s", ftp->password_file, strerror(errno));
        int result = read_password(file, password, size, error);
        fclose(file);
        return result;
    }
    if (environment)
        return (size_t)snprintf(password, size, "%s", environment) < size
                   ? PB_OK
                   : pb_status_fail(error, PB_USAGE,
                                    "the password in $PLUGBOARD_FTP_PASSWORD is too long");
    if (!ftp->caller.name) {
        snprintf(password, size, "plugboard@");
        return PB_OK;
    }
    return ask_password(password, size, error);
}

/* ---- the session ---- */

static int connect_to(struct ftp *ftp, struct pb_error *error)
{
    struct pb_caller *caller = &ftp->caller;
    struct ftp_remote *remote = &ftp->remote;
    remote->seconds = ftp->silence;
    remote->verbose = ftp->options.verbose;
    if (ftp->cleartext) {
        pb_options_say("warning: --cleartext: names, passwords and contents can be read by "
                       "everybody on the way");
        int result =
            ftp_carrier_plain(&remote->carrier, caller->host, caller->port, ftp->silence, error);
        return result == PB_OK ? ftp_remote_login(remote, caller->name ? caller->name : "anonymous",
                                                  find_password, ftp, error)
                               : result;
    }
    int result = pb_caller_prepare(caller, error);
    if (result == PB_OK)
        result = pb_caller_call(caller, error);
    if (result != PB_OK)
        return result;
    uint32_t claims = caller->party.cipher->claims;
    if (!(claims & PB_INTEGRITY))
        pb_options_say("warning: %s does not notice changes: somebody on the way can alter what is "
                       "transferred%s",
                       caller->party.cipher->name,
                       "; where the server has HASH, files are compared");
    ftp_carrier_sealed(&remote->carrier, caller->channel,
                       claims & PB_INTEGRITY && claims & PB_IN_PLACE, ftp->silence);
    return ftp_remote_login(remote, caller->party.name, NULL, NULL, error);
}

/* Returns the exit code. */
static int work(struct ftp *ftp)
{
    struct ftp_shell shell = {.remote = &ftp->remote,
                              .title =
                                  ftp->cleartext ? "in clear" : ftp->caller.party.cipher->name};
    ftp_meter_wanted(ftp->quiet);
    if (ftp->words > 0) {
        int result = ftp_shell_words(&shell, ftp->words, ftp->word);
        return result == PB_OK ? 0 : result == PB_USAGE ? 2 : 1;
    }
    return pb_prompt_possible() ? ftp_shell_prompt(&shell) : ftp_shell_batch(&shell);
}

int pb_command_ftp(int argc, char **argv)
{
    static struct ftp whole; /* whoever watches the plugin (fault.h) looks at it until the program ends */
    struct ftp *ftp = &whole;
    struct pb_error error = {0};
    ftp->silence = SILENCE;
    ftp->caller = (struct pb_caller){
        .command = "ftp", .service = "ftp", .options = &ftp->options, .host = "127.0.0.1"};
    pb_trace_init(&ftp->caller.trace);
    argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, ftp);
    if (!ftp->caller.port)
        ftp->caller.port = ftp->cleartext ? PORT_CLEAR : PORT;
    if (ftp->cleartext && (ftp->caller.cipher || ftp->gateway)) {
        pb_options_say("plugboard ftp: --cleartext and %s exclude each other",
                       ftp->gateway ? "--gateway" : "--cipher");
        return 2;
    }
    if (!ftp->cleartext && !ftp->caller.cipher)
        return pb_options_ask_cipher("ftp --cipher NAME", &ftp->options);
    if (ftp->gateway)
        return ftp_gateway_run(&ftp->caller, ftp->gateway, ftp->anywhere, ftp->silence);

    ftp_interrupt_catch();
    int exit_code;
    int result = connect_to(ftp, &error);
    if (result == PB_OK) {
        exit_code = work(ftp);
    } else {
        char safe[PB_ERROR_MAX];
        pb_status_printable(safe, sizeof safe, error.text, strlen(error.text));
        snprintf(error.text, sizeof error.text, "%s", safe);
        exit_code = pb_caller_report(&ftp->caller, result, &error);
    }
    if (ftp->remote.carrier.kind)
        ftp_remote_quit(&ftp->remote);
    pb_caller_close(&ftp->caller);
    return exit_code;
}
