/* How data are to travel: who connects to whom, and what the bytes mean. */
#include "session.h"

#include "address.h"
#include "handlers.h"
#include "request.h"

#include <stdio.h>
#include <string.h>

/* ---- connections, in clear only ---- */

/* False: the reply has been said. */
static bool has_connections(struct ftp_session *session, bool extended)
{
    if (session->transport->sealed)
        ftp_reply_text(session, FTP_SAY_NOT_IMPLEMENTED,
                       "Not needed: each transfer is offered a stream of this session");
    else if (session->extended_only && !extended)
        ftp_reply_text(session, FTP_SAY_BAD_ORDER, "You said EPSV ALL: only EPSV now");
    else
        return true;
    return false;
}

static bool listen_for_data(struct ftp_session *session, struct ftp_endpoint *at)
{
    struct pb_error error = {0};
    if (session->transport->verbs->passive(session->transport, at, &error) == PB_OK)
        return true;
    ftp_reply_text(session, FTP_SAY_NO_DATA_CONNECTION, "No port is free (--data-ports)");
    return false;
}

void ftp_run_pasv(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    struct ftp_endpoint at;
    char text[FTP_ADDRESS_TEXT_MAX];
    (void)verb;
    (void)argument;
    if (!has_connections(session, false) || !listen_for_data(session, &at))
        return;
    if (session->settings->advertise)
        snprintf(at.host, sizeof at.host, "%s", session->settings->advertise);
    if (ftp_address_write(text, &at))
        ftp_reply_text(session, FTP_SAY_PASSIVE, "Entering Passive Mode (%s)", text);
    else
        ftp_reply_text(session, FTP_SAY_OTHER_NETWORK,
                       "PASV has no words for IPv6: use EPSV (1,2)");
}

void ftp_run_epsv(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    struct ftp_endpoint at;
    (void)verb;
    if (!has_connections(session, true))
        return;
    if (ftp_request_is(argument, "ALL")) {
        session->extended_only = true;
        ftp_reply_text(session, FTP_SAY_DONE, "Only EPSV from now on");
        return;
    }
    bool v6 = strchr(session->about->ip, ':') != NULL;
    if (*argument && strcmp(argument, "1") != 0 && strcmp(argument, "2") != 0)
        ftp_reply_text(session, FTP_SAY_OTHER_NETWORK, "Network protocol not supported, use (%d)",
                       v6 ? 2 : 1);
    else if (*argument && (*argument == '2') != v6)
        ftp_reply_text(session, FTP_SAY_OTHER_NETWORK, "Network protocol not supported, use (%d)",
                       v6 ? 2 : 1);
    else if (listen_for_data(session, &at))
        ftp_reply_text(session, FTP_SAY_EXTENDED_PASSIVE, "Entering Extended Passive Mode (|||%u|)",
                       at.port);
}

static void connect_for_data(struct ftp_session *session, const char *argument,
                             enum ftp_address (*read)(struct ftp_endpoint *to, const char *text))
{
    struct ftp_endpoint to;
    struct pb_error error = {0};
    if (!has_connections(session, false))
        return;
    switch (read(&to, argument)) {
    case FTP_ADDRESS_BAD:
        ftp_reply_text(session, FTP_SAY_BAD_ARGUMENT, "That is no address");
        return;
    case FTP_ADDRESS_OTHER_NETWORK:
        ftp_reply_text(session, FTP_SAY_OTHER_NETWORK, "Network protocol not supported, use (1,2)");
        return;
    case FTP_ADDRESS_GOOD:
        break;
    }
    if (session->transport->verbs->active(session->transport, &to, &error) == PB_OK)
        ftp_reply(session, FTP_SAY_DONE);
    else
        ftp_reply_text(session, FTP_SAY_BAD_ARGUMENT, "Not there: %s", error.text);
}

void ftp_run_port(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    (void)verb;
    connect_for_data(session, argument, ftp_address_read_port);
}

void ftp_run_eprt(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    (void)verb;
    connect_for_data(session, argument, ftp_address_read_extended);
}

/* ---- TYPE, MODE, STRU ---- */

void ftp_run_type(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    static const struct {
        const char *text;
        bool ascii;
    } types[] = {{"A", true}, {"A N", true}, {"I", false}, {"L 8", false}, {"L8", false}};
    (void)verb;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (ftp_request_is(argument, types[i].text)) {
            session->ascii = types[i].ascii;
            ftp_reply_text(session, FTP_SAY_DONE,
                           session->ascii ? "Lines end in CR LF" : "Bytes as they are");
            return;
        }
    ftp_reply_text(session, FTP_SAY_NOT_FOR_THAT, "TYPE is A or I");
}

/* MODE and STRU have one value each that anybody uses. */
static void one_value(struct ftp_session *session, const struct ftp_verb *verb,
                      const char *argument, const char *value)
{
    if (ftp_request_is(argument, value))
        ftp_reply(session, FTP_SAY_DONE);
    else
        ftp_reply_text(session, FTP_SAY_NOT_FOR_THAT, "%s is %s", verb->name, value);
}

void ftp_run_mode(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    one_value(session, verb, argument, "S");
}

void ftp_run_stru(struct ftp_session *session, const struct ftp_verb *verb, const char *argument)
{
    one_value(session, verb, argument, "F");
}
