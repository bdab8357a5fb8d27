/* The listener from its first line to its last: a socket, ciphers that were tried, lists, signals;
 * then the loop. */
#include "loop.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define BACKLOG 4096

/* Room for a report socket of each session. */
static void raise_descriptors(unsigned sessions)
{
    struct rlimit limit;
    rlim_t need = (rlim_t)sessions + 256;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < need) {
        limit.rlim_cur = need < limit.rlim_max ? need : limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int prepare_signals(struct pb_listener *listener, struct pb_error *error)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGCHLD};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaddset(&set, numbers[i]);
    if (listener->server.settings->one)
        sigdelset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    listener->server.signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    listener->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (listener->server.signal_fd < 0 || listener->epoll < 0)
        return pb_status_fail(error, PB_SYSTEM, "no descriptors: %s", strerror(errno));
    pb_loop_watch(listener, listener->server.signal_fd, &listener->server.signal_fd);
    pb_loop_watch(listener, listener->fd, &listener->fd);
    return PB_OK;
}

/* The keys, the ciphers and the lists; in clear there are none. */
static int prepare_ciphers(struct pb_server *server, struct pb_error *error)
{
    const struct pb_service *service = server->service;
    char names[256];
    int result;
    if (service->run_cleartext) {
        const struct pb_confine_grants grants = {.folder = service->folder, .connects = true};
        pb_options_say("%s in clear", service->name);
        return server->settings->one
                   ? PB_OK
                   : pb_confine_prepare(&server->confine, NULL, 0, NULL, &grants, error);
    }
    if ((result = pb_options_keys_folder(server->options, "server", server->folder, error)) !=
            PB_OK ||
        (result = pb_options_trace(server->options, &server->trace, error)) != PB_OK ||
        (result = pb_offered_fill(&server->offered, service, server->settings, server->options,
                                  server->folder, &server->confine, error)) != PB_OK)
        return result;
    pb_visitors_open(&server->visitors, server->folder, server->settings->allow_any);
    pb_offered_names(&server->offered, names, sizeof names);
    pb_options_say("%s under %s", service->name, names);
    return PB_OK;
}

static int prepare(struct pb_listener *listener, struct pb_error *error)
{
    struct pb_server *server = &listener->server;
    const struct pb_server_settings *settings = server->settings;
    uint16_t port = settings->port_given ? settings->port : server->service->port;
    char address[PB_ADDRESS_MAX], where[PB_ENDPOINT_MAX];
    int result;

    /* First what fails most often, and before any key is made. */
    if ((result = pb_net_listen(&listener->fd, settings->listen, &port, BACKLOG, error)) != PB_OK ||
        (result = prepare_ciphers(server, error)) != PB_OK)
        return result;
    raise_descriptors(settings->max_sessions);
    if ((result = prepare_signals(listener, error)) != PB_OK)
        return result;
    malloc_trim(0); /* what was freed so far would be copied, page by page, into every session that
                       uses it again */
    pb_net_local(listener->fd, address, &port);
    pb_net_join(where, sizeof where, address, port);
    printf("listening on %s\n", where);
    fflush(stdout);
    return PB_OK;
}

static int serve_one(struct pb_listener *listener)
{
    struct pb_served served = {.number = 1, .fd = -1, .report_fd = -1};
    struct pb_progress progress = {0};
    struct pb_error error = {0};
    struct epoll_event event;
    uint16_t port;
    served.progress = &progress;
    do {
        if (epoll_wait(listener->epoll, &event, 1, -1) == 1 &&
            event.data.ptr == &listener->server.signal_fd)
            return 0;
    } while (pb_net_accept(&served.fd, listener->fd, &error) == PB_AGAIN);
    if (served.fd < 0 || pb_net_peer(served.fd, served.ip, &port) != PB_OK)
        return 1;
    return pb_status_exit_code(pb_served_run(&listener->server, &served));
}

int pb_server_run(const char *command, const struct pb_service *service,
                  const struct pb_server_settings *settings, const struct pb_options *options)
{
    static struct pb_listener listener; /* forked with every session: not on a stack that moves */
    struct pb_error error = {0};
    int code = 0;

    listener = (struct pb_listener){
        .server = {.service = service, .settings = settings, .options = options, .signal_fd = -1},
        .fd = -1,
        .epoll = -1};
    pb_confine_init(&listener.server.confine);
    pb_trace_init(&listener.server.trace);
    if (prepare(&listener, &error) != PB_OK)
        code = pb_options_report(command, &error);
    else if (settings->one)
        code = serve_one(&listener);
    else
        pb_loop_run(&listener);

    pb_busy_close(&listener.busy);
    pb_visitors_close(&listener.server.visitors);
    pb_live_free(&listener.live);
    pb_offered_free(&listener.server.offered);
    pb_confine_free(&listener.server.confine);
    pb_trace_close(&listener.server.trace);
    int ours[] = {listener.fd, listener.epoll, listener.server.signal_fd};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (ours[i] >= 0)
            close(ours[i]);
    return code;
}
