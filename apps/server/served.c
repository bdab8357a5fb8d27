/* One session, in the order that keeps secrets from plugins: confine, hear HELLO, consult the
 * lists, report, drop the other keys, load the plugin, confine further, and only then call a verb.
 */
#include "served.h"

#include "fault.h"
#include "plugin.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* All that is known of the session while it goes on. Not on the stack: it is large, and only what
 * is written is paid for. */
static struct {
    struct pb_report report;
    struct pb_plugin plugin;
    struct pb_party party;
    struct pb_error error;
    enum pb_live_state state;
    char title[PB_LIVE_TITLE_MAX];
} now;

static void retitle(const struct pb_served *served, enum pb_live_state state)
{
    now.state = state;
    pb_live_title(now.title, served->number, state, served->ip, now.report.cipher, now.report.who,
                  now.report.claimed);
}

/* ---- the first stage: core code alone ---- */

static int confine(const struct pb_server *server, const struct pb_served *served)
{
    const struct pb_service *service = server->service;
    const int keep[] = {served->fd,        served->report_fd,
                        server->signal_fd, server->trace.record_fd,
                        service->keep[0],  service->keep[1]};
    int result = service->prepare ? service->prepare(service->context, &now.error) : PB_OK;
    if (result != PB_OK || server->settings->one)
        return result;
    return pb_confine_enter(&server->confine, keep, sizeof keep / sizeof *keep, &now.error);
}

/* Before there is a session to end properly, SIGTERM simply ends the process. */
static void let_sigterm_through(const struct pb_server *server, int how)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    if (!server->settings->one)
        sigprocmask(how, &set, NULL);
}

static int hear_hello(struct pb_server *server, const struct pb_served *served,
                      struct pb_channel **channel, const struct pb_hello **hello)
{
    server->trace.session = served->number;
    int result = pb_channel_adopt(channel, served->fd, 0, &server->trace, &now.error);
    if (result != PB_OK)
        return result;
    let_sigterm_through(server, SIG_UNBLOCK);
    result = pb_channel_hello(*channel, hello, &now.error);
    let_sigterm_through(server, SIG_BLOCK);
    if (result == PB_PROTOCOL)
        pb_channel_refuse(*channel, PB_REFUSAL_MALFORMED,
                          now.error.text); /* the core's own words */
    else if (result == PB_TIMEOUT)
        pb_channel_refuse(*channel, PB_REFUSAL_TOO_SLOW, NULL);
    return result;
}

/* What the client is told, and what stands in the log. */
struct verdict {
    unsigned code; /* 0: come in */
    char sentence[PB_SENTENCE_MAX + 1];
    char log[PATH_MAX + 256];
};

static void refuse(struct verdict *verdict, unsigned code, const char *sentence)
{
    verdict->code = code;
    snprintf(verdict->sentence, sizeof verdict->sentence, "%s", sentence);
    snprintf(verdict->log, sizeof verdict->log, "%s", sentence);
}

static void refuse_key(const struct pb_server *server, const struct pb_hello *hello,
                       struct verdict *verdict)
{
    bool elsewhere = server->options->keys != NULL;
    verdict->code = PB_REFUSAL_NOT_ALLOWED;
    snprintf(verdict->sentence, sizeof verdict->sentence, "%s",
             pb_message_refusal(PB_REFUSAL_NOT_ALLOWED));
    snprintf(verdict->log, sizeof verdict->log,
             "its %s key is not in %s/" PB_ALLOWLIST
             "; to let it in: plugboard allow --refused%s%s",
             hello->cipher, server->folder, elsewhere ? " --keys " : "",
             elsewhere ? server->options->keys : "");
}

/* S1: by core code alone. NULL: refused. */
static const struct pb_offered *judge(const struct pb_server *server, const struct pb_hello *hello,
                                      struct verdict *verdict)
{
    char text[PB_SENTENCE_MAX + 1], names[120];
    const struct pb_offered *cipher = pb_offered_find(&server->offered, hello->cipher);
    const char *name =
        pb_allowlist_name(&server->visitors.allowed, hello->cipher, hello->public_key);

    verdict->code = 0;
    if (strcmp(hello->service, server->service->name) != 0) {
        snprintf(text, sizeof text, "this server offers %s, not %s", server->service->name,
                 hello->service);
        refuse(verdict, PB_REFUSAL_NO_SERVICE, text);
    } else if (!cipher) {
        pb_offered_names(&server->offered, names, sizeof names);
        snprintf(text, sizeof text, "this server does not offer %s; it offers %s", hello->cipher,
                 names);
        refuse(verdict, PB_REFUSAL_NO_CIPHER, text);
    } else if (hello->format != cipher->format) {
        snprintf(
            text, sizeof text,
            "the client has format %u of %s, the server %u: take the same version on both sides",
            hello->format, cipher->name, cipher->format);
        refuse(verdict, PB_REFUSAL_FORMAT, text);
    } else if (strcmp(hello->public_key, cipher->public_key) == 0) {
        refuse(verdict, PB_REFUSAL_OWN_KEY, pb_message_refusal(PB_REFUSAL_OWN_KEY));
    } else if (!name && !server->settings->allow_any) {
        refuse_key(server, hello, verdict);
    }

    snprintf(now.report.cipher, sizeof now.report.cipher, "%s", hello->cipher);
    snprintf(now.report.claimed, sizeof now.report.claimed, "%s", hello->name);
    snprintf(now.report.public_key, sizeof now.report.public_key, "%s", hello->public_key);
    snprintf(now.report.who, sizeof now.report.who, "%s%s", name ? "" : "?",
             name ? name : hello->name);
    return verdict->code ? NULL : cipher;
}

static void send_away(struct pb_channel *channel, const struct pb_served *served,
                      const struct verdict *verdict)
{
    now.report.kind = PB_REPORT_REFUSED;
    now.report.code = verdict->code;
    retitle(served, PB_LIVE_REFUSED);
    pb_options_say("%s: refused %s: %s", now.title, served->ip, verdict->log);
    pb_report_send(served->report_fd, &now.report);
    pb_channel_refuse(channel, verdict->code, verdict->sentence);
    now.state = PB_LIVE_REFUSED;
}

/* ---- the second stage: the plugin ---- */

static int load(const struct pb_server *server, const struct pb_served *served,
                const struct pb_offered *cipher)
{
    if (!server->settings->one)
        pb_offered_drop_others(&server->offered, cipher);
    pb_progress_enter(served->progress, PB_VERB_load);
    int result = pb_plugin_load(&now.plugin, cipher->file, &now.error);
    pb_progress_leave(served->progress);
    if (result == PB_OK && now.plugin.cipher->format != cipher->format)
        result = pb_status_fail(&now.error, PB_PLUGIN,
                                "%s has another format now: start the server again", cipher->file);
    if (server->settings->one)
        pb_fault_guard(served->progress, cipher->name, cipher->file);
    else if (result == PB_OK)
        result = pb_confine_finish(&server->confine, &now.error);
    return result;
}

static int welcome(struct pb_server *server, const struct pb_served *served,
                   const struct pb_offered *cipher, struct pb_channel *channel)
{
    now.party = (struct pb_party){
        .role = PB_SERVER,
        .cipher = now.plugin.cipher,
        .own_private = cipher->private_key,
        .own_public = cipher->public_key,
        .service = server->service->name,
        .name = "",
        .trace = &server->trace,
        .progress = served->progress,
        .number = served->number,
    };
    pb_options_random(server->options, &now.party.random, "server session", served->number, 0);
    return pb_channel_welcome(channel, &now.party, &server->settings->ports, &now.error);
}

static void greet(const struct pb_server *server, const struct pb_served *served,
                  const struct pb_channel *channel)
{
    char moved[64], explained[256];
    pb_channel_moved(channel, moved, sizeof moved);
    retitle(served, PB_LIVE_JOINED);
    now.report.kind = PB_REPORT_JOINED;
    pb_report_send(served->report_fd, &now.report);
    pb_options_say("%s: joined from %s, %s", now.title, served->ip, moved);
    if (server->options->verbose && pb_channel_explain(channel, explained, sizeof explained))
        pb_options_say("%s: %s", now.title, explained);
}

static struct pb_service_session describe(const struct pb_server *server,
                                          const struct pb_served *served)
{
    return (struct pb_service_session){
        .number = served->number,
        .who = now.report.who,
        .cipher = now.report.cipher,
        .ip = served->ip,
        .ports = &server->settings->ports,
        .stop_fd = server->signal_fd,
        .verbose = server->options->verbose,
    };
}

static int converse(const struct pb_server *server, const struct pb_served *served,
                    struct pb_channel *channel)
{
    const struct pb_service_session session = describe(server, served);
    pb_channel_set_idle(channel, server->settings->idle);
    return server->service->run(channel, &session, server->service->context, &now.error);
}

/* ---- in clear ---- */

static int run_cleartext(const struct pb_server *server, const struct pb_served *served)
{
    const struct pb_service *service = server->service;
    snprintf(now.report.who, sizeof now.report.who, "%s", served->ip);
    snprintf(now.report.cipher, sizeof now.report.cipher, "%s", PB_SERVED_CLEARTEXT);
    retitle(served, PB_LIVE_JOINED);
    int result = confine(server, served);
    if (result == PB_OK && !server->settings->one)
        result = pb_confine_finish(&server->confine, &now.error);
    if (result == PB_OK) {
        const struct pb_service_session session = describe(server, served);
        pb_options_say("%s: connected", now.title);
        result = service->run_cleartext(served->fd, &session, service->context, &now.error);
    }
    pb_options_say("%s: %s", now.title, result == PB_OK ? "ended" : now.error.text);
    close(served->fd);
    return result;
}

/* ---- from the first byte to the last ---- */

int pb_served_run(struct pb_server *server, const struct pb_served *served)
{
    struct pb_channel *channel = NULL;
    const struct pb_hello *hello;
    struct verdict verdict;
    int result;

    if (server->service->run_cleartext)
        return run_cleartext(server, served);
    retitle(served, PB_LIVE_NEW);
    if ((result = confine(server, served)) != PB_OK ||
        (result = hear_hello(server, served, &channel, &hello)) != PB_OK)
        goto out;
    const struct pb_offered *cipher = judge(server, hello, &verdict);
    if (!cipher) {
        send_away(channel, served, &verdict);
        result = PB_REFUSED;
        goto out;
    }
    now.report.kind = PB_REPORT_LOADING;
    pb_report_send(served->report_fd, &now.report);
    retitle(served, PB_LIVE_LOADING);
    if (server->options->verbose)
        pb_options_say("%s: hello from %s", now.title, served->ip);

    if ((result = load(server, served, cipher)) != PB_OK) {
        pb_channel_refuse(channel, PB_REFUSAL_FAILED, NULL);
        goto out;
    }
    if ((result = welcome(server, served, cipher, channel)) != PB_OK)
        goto out;
    greet(server, served, channel);
    result = converse(server, served, channel);
    if (result == PB_OK)
        pb_options_say("%s: ended", now.title);
out:
    if (result != PB_OK && now.state != PB_LIVE_REFUSED)
        pb_options_say("%s: %s", now.title, now.error.text);
    pb_channel_close(channel);
    return result;
}
