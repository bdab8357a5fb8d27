/* The gateway's listener: a process for each client. */
#include "gateway.h"
#include "relay.h"

#include "fault.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SESSIONS_MAX = 64 };

static volatile sig_atomic_t stopped;

static void stop(int number)
{
    (void)number;
    stopped = 1;
}

static void wake(int number)
{
    (void)number;
}

/* Who can reach the gateway can use our key. */
static bool is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

static int listen_at(const char *where, bool anywhere, int *listener, struct pb_error *error)
{
    char host[PB_HOST_MAX + 1] = "127.0.0.1", address[PB_ADDRESS_MAX], text[PB_ENDPOINT_MAX];
    char place[PB_ENDPOINT_MAX];
    uint16_t port = 0;
    size_t size = strlen(where);
    bool any = size > 2 &&
               strcmp(where + size - 2, ":0") == 0; /* a free one: no port that could be called */
    snprintf(place, sizeof place, "%.*s", (int)(any ? size - 2 : size), where);
    int result = pb_net_split(place, host, &port, error);
    if (result == PB_OK)
        result = pb_net_listen(listener, host, &port, 16, error);
    if (result == PB_OK)
        result = pb_net_local(*listener, address, &port);
    if (result != PB_OK)
        return result;
    if (!is_loopback(address) && !anywhere)
        return pb_status_fail(error, PB_USAGE,
                              "--gateway %s: others could reach it, and use your key; if you want "
                              "that: --allow-remote",
                              where);
    pb_net_join(text, sizeof text, address, port);
    printf("listening on %s\n", text);
    fflush(stdout);
    return PB_OK;
}

/* The process of one client. */
static int serve(struct pb_caller *caller, int fd, uint64_t number, unsigned seconds)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGCHLD};
    struct pb_error error = {0};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        signal(signals[i], SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() == 1)
        return 0;
    /* Again: the watch over hangs is a thread, which a fork leaves behind. */
    pb_fault_guard(&caller->progress, caller->plugin.cipher->name, caller->plugin.file);
    pb_options_random(caller->options, &caller->party.random, "client session", number, 0);
    caller->party.number = number;
    int result = ftp_relay_run(caller, fd, seconds, &error);
    if (result != PB_OK)
        pb_caller_report(caller, result, &error);
    pb_caller_close(caller);
    return result != PB_OK;
}

static void loop(struct pb_caller *caller, int listener, unsigned seconds)
{
    unsigned children = 0;
    uint64_t number = 0;
    while (!stopped) {
        while (children > 0 && waitpid(-1, NULL, WNOHANG) > 0)
            children--;
        struct pollfd wanted = {.fd = children < SESSIONS_MAX ? listener : -1, .events = POLLIN};
        int fd;
        if (poll(&wanted, 1, 1000) <= 0 || pb_net_accept(&fd, listener, NULL) != PB_OK)
            continue;
        pid_t child = fork();
        if (child == 0) {
            close(listener);
            _exit(serve(caller, fd, ++number, seconds));
        }
        number++;
        if (child > 0)
            children++;
        else
            pb_options_say("plugboard ftp: no process for a client: %s", strerror(errno));
        close(fd);
    }
}

int ftp_gateway_run(struct pb_caller *caller, const char *where, bool anywhere, unsigned seconds)
{
    struct sigaction stopping = {.sa_handler = stop}, waking = {.sa_handler = wake};
    struct pb_error error = {0};
    char text[PB_ENDPOINT_MAX];
    int listener = -1;
    sigaction(SIGINT, &stopping, NULL);
    sigaction(SIGTERM, &stopping, NULL);
    sigaction(SIGHUP, &stopping, NULL);
    sigaction(SIGCHLD, &waking, NULL);
    int result = pb_caller_prepare(caller, &error);
    if (result == PB_OK)
        result = listen_at(where, anywhere, &listener, &error);
    if (result == PB_OK) {
        pb_net_join(text, sizeof text, caller->host, caller->port);
        pb_options_say(
            "plain FTP comes in here, in clear and under your key; to %s it goes on sealed by %s",
            text, caller->party.cipher->name);
        loop(caller, listener, seconds);
    }
    if (listener >= 0)
        close(listener);
    int exit_code = result == PB_OK ? 0 : pb_caller_report(caller, result, &error);
    pb_caller_close(caller);
    return exit_code;
}
