/* What a server of any service needs: it listens, offers ciphers, checks keys, and runs each
 * session in a process of its own, confined. What is said in a session is the service's business:
 * it gives one function.
 *
 *     settings.c   its options                       probe.c     tries one plugin, apart
 *     listen.c     from the first line to the last   apart.c     work in a short-lived process
 *     loop.c       accepts, forks, hears, buries     served.c    one session, start to end
 *     live.c       the table of sessions             report.c    what a session tells us
 *     offered.c    the ciphers and their key pairs   confine.c   what a session may not do
 *     visitors.c   the three lists of keys           filter.c    the system calls left to it
 *     busy.c       "too many sessions", politely     watch.c     hangs and crashes, by name */
#ifndef PLUGBOARD_SERVER_H
#define PLUGBOARD_SERVER_H

#include "channel.h"
#include "options.h"

#define PB_SERVER_PORT 10101

/* What a service knows of the session that it is to run. */
struct pb_service_session {
    uint64_t number;
    const char *who; /* the name in allowed.csv, or "?" and what the client calls itself */
    const char *cipher;
    const char *ip;
    const struct pb_ports *ports; /* for further streams */
    int stop_fd; /* readable when the server stops: end after the current message or transfer */
    bool verbose;
};

struct pb_service {
    const char *name;   /* as in HELLO */
    uint16_t port;      /* where it listens if nothing else is said */
    uint32_t claims;    /* without --cipher only ciphers that claim all of these are offered */
    const char *folder; /* below it a session may read and write files; NULL: no files at all */
    /* In the process of a session, before it is confined: the last chance to open and read what
     * lies elsewhere. NULL: nothing. */
    int (*prepare)(void *context, struct pb_error *error);
    int keep[2]; /* descriptors that sessions keep, above 2; 0 or -1: none */
    /* Runs one session to its end: says END or ABORT, but does not close. PB_OK, or the status of
     * what went wrong, in error. */
    int (*run)(struct pb_channel *channel, const struct pb_service_session *session, void *context,
               struct pb_error *error);
    /* Not NULL: the service speaks in clear. No cipher, no keys, no handshake: this runs a session
     * on its bare connection, which it does not close. Sessions may connect, and `busy` is what
     * those are told who are one too many. */
    int (*run_cleartext)(int fd, const struct pb_service_session *session, void *context,
                         struct pb_error *error);
    const char *busy;
    void *context;
};

struct pb_server_settings {
    char *ciphers; /* --cipher, comma separated; NULL: every plugin found */
    const char *listen;
    bool port_given;
    uint16_t port;
    struct pb_ports ports; /* --data-ports */
    bool allow_any;
    unsigned max_sessions;
    unsigned max_per_ip;
    bool max_per_ip_given; /* otherwise this machine's own addresses are not counted */
    unsigned idle, grace;  /* seconds */
    bool one;
};

void pb_server_settings_init(struct pb_server_settings *settings);

/* A child for struct argp; its input is a struct pb_server_settings *. */
extern const struct argp pb_server_argp;

/* Serves until a signal ends it. command: its name, for messages. Returns the exit code. */
int pb_server_run(const char *command, const struct pb_service *service,
                  const struct pb_server_settings *settings, const struct pb_options *options);

#endif
