/* plugboard ftpd: the command line, and a session's beginning in either shape. */
#include "cleartext.h"
#include "command.h"
#include "sealed.h"
#include "session.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEALED_PORT    10121
#define CLEARTEXT_PORT 10122
#define IDLE_SECONDS   300

enum {
    KEY_ROOT = 0x4000,
    KEY_CLEARTEXT,
    KEY_USERS,
    KEY_ANONYMOUS,
    KEY_READ_ONLY,
    KEY_ADVERTISE,
    KEY_LOG
};

struct ftpd {
    struct pb_server_settings server;
    struct pb_options options;
    struct ftp_settings settings;
    const char *folder, *log;
};

/* ---- a session ---- */

static void say(void *context, const char *sentence)
{
    (void)context;
    pb_options_say("%s", sentence);
}

/* Read before the session is confined, and for each anew: so a change needs no restart. */
static struct ftp_users users;
static bool users_read;

static int prepare(void *context, struct pb_error *error)
{
    static const struct pb_table_report report = {.say = say};
    const struct ftp_settings *settings = context;
    if (!settings->users_file)
        return PB_OK;
    users_read = true;
    return ftp_users_read(&users, settings->users_file, &report, error);
}

static int run(struct ftp_transport *transport, const struct pb_service_session *about,
               const struct ftp_settings *settings, struct pb_error *error)
{
    static struct ftp_session session; /* large, and there is one a process */
    memset(&session, 0, sizeof session);
    session.settings = settings;
    session.about = about;
    session.transport = transport;
    session.users = users_read ? &users : NULL;
    session.error = error;
    int result = ftp_session_run(&session);
    ftp_users_free(&users);
    return result;
}

static int run_sealed(struct pb_channel *channel, const struct pb_service_session *about,
                      void *context, struct pb_error *error)
{
    struct ftp_sealed sealed;
    struct pb_error goodbye = {0};
    ftp_sealed_init(&sealed, channel, about->ports);
    int result = run(&sealed.transport, about, context, error);
    if (result == PB_OK || result == PB_TIMEOUT || result == PB_REFUSED)
        (void)!pb_channel_end(channel, &goodbye);
    return result;
}

static int run_cleartext(int fd, const struct pb_service_session *about, void *context,
                         struct pb_error *error)
{
    static struct ftp_cleartext clear;
    int result = ftp_cleartext_init(&clear, fd, about->ports, error);
    if (result == PB_OK)
        result = run(&clear.transport, about, context, error);
    ftp_cleartext_free(&clear);
    return result;
}

/* ---- the command ---- */

static const struct argp_option table[] = {
    {"root", KEY_ROOT, "DIR", 0, "the folder that is served; nothing above it can be reached", 1},
    {"cleartext", KEY_CLEARTEXT, NULL, 0,
     "plain FTP, without a cipher, for any client: everything can be read on the wire", 1},
    {"users", KEY_USERS, "FILE", 0,
     "who may log in, written by 'plugboard ftp-user'; under a cipher it says only whose folder is "
     "where",
     1},
    {"anonymous", KEY_ANONYMOUS, NULL, 0,
     "with --cleartext: anybody may log in as 'anonymous', and read", 1},
    {"read-only", KEY_READ_ONLY, NULL, 0, "nothing can be written, by nobody", 1},
    {"advertise", KEY_ADVERTISE, "ADDR", 0,
     "with --cleartext: the IPv4 address that PASV tells, if a router changes ours", 1},
    {"log", KEY_LOG, "FILE", 0, "add a line for each transfer to FILE", 1},
    {0},
};

static void check(const struct ftpd *ftpd, const struct argp_state *state)
{
    const struct ftp_settings *settings = &ftpd->settings;
    if (!ftpd->folder)
        argp_error(state, "which folder? plugboard ftpd --root DIR");
    if (ftpd->server.ports.same)
        argp_error(state, "--data-ports same: each transfer of FTP has a connection of its own, so "
                          "it needs ports: LO-HI");
    if (settings->cleartext && (ftpd->server.ciphers || ftpd->server.allow_any))
        argp_error(
            state,
            "--cleartext is without a cipher: leave out --cipher and --allow-any, or --cleartext");
    if (settings->cleartext && !settings->anonymous && !settings->users_file)
        argp_error(
            state,
            "who may log in? --users FILE (plugboard ftp-user NAME --users FILE), or --anonymous");
    if (settings->cleartext && settings->users_file && !ftp_password_available())
        argp_error(state, "--users: this program was built without libcrypt, so there are no "
                          "passwords; --anonymous works");
    if (!settings->cleartext && (settings->anonymous || settings->advertise))
        argp_error(state, "--anonymous and --advertise go with --cleartext");
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct ftpd *ftpd = state->input;
    struct in_addr address;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &ftpd->server;
        state->child_inputs[1] = &ftpd->options;
        state->child_inputs[2] = &ftpd->options;
        return 0;
    case KEY_ROOT:
        ftpd->folder = value;
        return 0;
    case KEY_CLEARTEXT:
        ftpd->settings.cleartext = true;
        return 0;
    case KEY_USERS:
        ftpd->settings.users_file = value;
        return 0;
    case KEY_ANONYMOUS:
        ftpd->settings.anonymous = true;
        return 0;
    case KEY_READ_ONLY:
        ftpd->settings.read_only = true;
        return 0;
    case KEY_ADVERTISE:
        if (inet_pton(AF_INET, value, &address) != 1)
            argp_error(state, "--advertise %s: it is an IPv4 address, for example 192.0.2.7",
                       value);
        ftpd->settings.advertise = value;
        return 0;
    case KEY_LOG:
        ftpd->log = value;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "what is '%s'? The folder is named with --root", value);
        return 0;
    case ARGP_KEY_END:
        check(ftpd, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Whatever lies below the root is every client's. path: NULL, or not there yet: nothing to lose. */
static int keep_outside(const struct ftpd *ftpd, const char *what, const char *path,
                        struct pb_error *error)
{
    char root[PATH_MAX], real[PATH_MAX];
    if (!path || !realpath(ftpd->folder, root) || !realpath(path, real))
        return PB_OK;
    size_t length = strcmp(root, "/") == 0 ? 0 : strlen(root);
    if (strncmp(real, root, length) != 0 || (real[length] != '/' && real[length]))
        return PB_OK;
    return pb_status_fail(
        error, PB_USAGE, "%s lies below the root %s, where clients could read %s: put it elsewhere",
        path, ftpd->folder, what);
}

static int keep_secrets(const struct ftpd *ftpd, struct pb_error *error)
{
    char keys[PATH_MAX];
    int result = keep_outside(ftpd, "the passwords' hashes", ftpd->settings.users_file, error);
    if (result != PB_OK || ftpd->settings.cleartext)
        return result;
    result = pb_options_keys_folder(&ftpd->options, "server", keys, error);
    return result == PB_OK ? keep_outside(ftpd, "the private keys", keys, error) : result;
}

/* What sessions inherit: they can open nothing outside the root. */
static int open_all(struct ftpd *ftpd, struct pb_error *error)
{
    struct ftp_settings *settings = &ftpd->settings;
    settings->journal_fd = -1;
    settings->idle = ftpd->server.idle;
    settings->root.fd = -1;
    int result = ftp_root_open(&settings->root, ftpd->folder, settings->read_only, error);
    if (result != PB_OK)
        return result;
    if (ftpd->log &&
        (settings->journal_fd =
             open(ftpd->log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600)) < 0)
        return pb_status_fail(error, PB_FILE, "the transfer log %s cannot be written: %s",
                              ftpd->log, strerror(errno));
    unsigned swept = settings->read_only ? 0 : ftp_upload_sweep(&settings->root);
    if (swept)
        pb_options_say("%s: %u hidden files of uploads that were cut off are put in order",
                       ftpd->folder, swept);
    return PB_OK;
}

static int serve(struct ftpd *ftpd)
{
    struct ftp_settings *settings = &ftpd->settings;
    struct pb_error error = {0};
    struct pb_service service = {
        .name = "ftp",
        .port = settings->cleartext ? CLEARTEXT_PORT : SEALED_PORT,
        .claims = PB_PEER_AUTHENTICATION,
        .folder = ftpd->folder,
        .run = run_sealed,
        .prepare = prepare,
        .context = settings,
    };
    if (settings->cleartext) {
        service.run_cleartext = run_cleartext;
        service.busy = "421 This server has all the sessions that it takes: try again later\r\n";
    }
    int result = keep_secrets(ftpd, &error);
    if (result == PB_OK)
        result = open_all(ftpd, &error);
    int code = result == PB_OK ? 0 : pb_options_report("ftpd", &error);
    if (code == 0) {
        service.keep[0] = settings->root.fd;
        service.keep[1] = settings->journal_fd;
        pb_options_say("%s%s", ftpd->folder,
                       settings->read_only ? " is served read-only" : " is served");
        if (settings->cleartext)
            pb_options_say("warning: --cleartext: names, passwords and files can be read by "
                           "everybody on the way");
        code = pb_server_run("ftpd", &service, &ftpd->server, &ftpd->options);
    }
    if (settings->journal_fd >= 0)
        close(settings->journal_fd);
    ftp_root_close(&settings->root);
    return code;
}

int pb_command_ftpd(int argc, char **argv)
{
    static const struct argp_child children[] = {{&pb_server_argp, 0, NULL, 0},
                                                 {&pb_options_wire, 0, NULL, 0},
                                                 {&pb_options_common, 0, NULL, 0},
                                                 {0}};
    static const struct argp argp = {
        .options = table,
        .parser = parse,
        .children = children,
        .doc =
            "The FTP server: under any cipher, for 'plugboard ftp', or in clear, for any client.\v"
            "Under a cipher each client is who allowed.csv says it is. Without --cipher only "
            "ciphers that prove who is there are "
            "offered; toys have to be named. The default port is 10121, with --cleartext 10122. "
            "The first line on standard "
            "output is 'listening on ADDR:PORT'.\n\n"
            "Each session is a process of its own that can reach nothing but the root. An upload "
            "takes its name when all of it "
            "is there; what was there before stays whole until then.\n\n"
            "  plugboard ftpd --cipher box --root ~/shared\n"
            "  plugboard ftpd --cleartext --anonymous --root ~/shared     and, for example, curl "
            "ftp://127.0.0.1:10122/"};
    struct ftpd ftpd = {.settings = {.journal_fd = -1}};
    pb_server_settings_init(&ftpd.server);
    ftpd.server.idle = IDLE_SECONDS;
    if (argp_parse(&argp, argc, argv, 0, NULL, &ftpd))
        return 2;
    return serve(&ftpd);
}
