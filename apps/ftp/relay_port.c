/* PASV, EPSV, PORT and EPRT between the gateway and its client. Data go to and come from the
 * client's own address, and nobody else's (RFC 2577). */
#include "relay.h"

#include "ftpd/address.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

void ftp_relay_close_port(struct ftp_relay *relay)
{
    if (relay->listener >= 0)
        close(relay->listener);
    relay->listener = -1;
    relay->target = (struct ftp_endpoint){0};
}

bool ftp_relay_has_port(const struct ftp_relay *relay)
{
    return relay->listener >= 0 || relay->target.port;
}

static void passive(struct ftp_relay *relay, bool extended)
{
    struct ftp_endpoint at = {0};
    char text[FTP_ADDRESS_TEXT_MAX];
    uint16_t ignored;
    ftp_relay_close_port(relay);
    if (pb_net_local(relay->fd, at.host, &ignored) != PB_OK ||
        pb_net_listen(&relay->listener, at.host, &at.port, 4, NULL) != PB_OK) {
        relay->listener = -1;
        ftp_relay_reply(relay, "425 The gateway has no port for data");
    } else if (extended) {
        ftp_relay_reply(relay, "229 The gateway listens (|||%u|)", at.port);
    } else if (ftp_address_write(text, &at)) {
        ftp_relay_reply(relay, "227 The gateway listens (%s)", text);
    } else {
        ftp_relay_close_port(relay);
        ftp_relay_reply(relay, "425 This is IPv6: use EPSV");
    }
}

static void epsv(struct ftp_relay *relay, const char *argument)
{
    if (strcasecmp(argument, "ALL") == 0) {
        relay->epsv_only = true;
        ftp_relay_reply(relay, "200 Only EPSV from now on");
    } else if (*argument && strcmp(argument, "1") != 0 && strcmp(argument, "2") != 0) {
        ftp_relay_reply(relay, "522 Network protocol not supported, use (1,2)");
    } else {
        passive(relay, true);
    }
}

static void active(struct ftp_relay *relay, enum ftp_address good, const struct ftp_endpoint *to)
{
    char peer[PB_ADDRESS_MAX];
    uint16_t ignored;
    ftp_relay_close_port(relay);
    if (good == FTP_ADDRESS_OTHER_NETWORK)
        ftp_relay_reply(relay, "522 Network protocol not supported, use (1,2)");
    else if (good != FTP_ADDRESS_GOOD)
        ftp_relay_reply(relay, "501 That is no address");
    else if (pb_net_peer(relay->fd, peer, &ignored) != PB_OK || strcmp(peer, to->host) != 0 ||
             to->port < 1024)
        ftp_relay_reply(relay, "501 Only your own address, and a port from 1024 on");
    else {
        relay->target = *to;
        ftp_relay_reply(relay, "200 The gateway will connect there");
    }
}

bool ftp_relay_port(struct ftp_relay *relay, const char *verb, const char *argument)
{
    struct ftp_endpoint to = {0};
    bool is_epsv = strcasecmp(verb, "EPSV") == 0, is_port = strcasecmp(verb, "PORT") == 0;
    if (!is_epsv && !is_port && strcasecmp(verb, "PASV") != 0 && strcasecmp(verb, "EPRT") != 0)
        return false;
    if (relay->epsv_only && !is_epsv)
        ftp_relay_reply(relay, "503 Only EPSV, after EPSV ALL");
    else if (is_epsv)
        epsv(relay, argument);
    else if (is_port)
        active(relay, ftp_address_read_port(&to, argument), &to);
    else if (strcasecmp(verb, "EPRT") == 0)
        active(relay, ftp_address_read_extended(&to, argument), &to);
    else
        passive(relay, false);
    return true;
}

/* Accepts until the right one is there; others are closed without a byte. */
static bool accepted(struct ftp_relay *relay)
{
    char peer[PB_ADDRESS_MAX], client[PB_ADDRESS_MAX];
    uint16_t ignored;
    int fd;
    while (relay->data_fd < 0 && pb_net_accept_from(&fd, relay->listener, peer, NULL) == PB_OK) {
        if (pb_net_peer(relay->fd, client, &ignored) == PB_OK && strcmp(peer, client) == 0)
            relay->data_fd = fd;
        else
            close(fd);
    }
    return relay->data_fd >= 0;
}

bool ftp_relay_connected(struct ftp_relay *relay)
{
    if (relay->target.port) {
        if (pb_net_connect(&relay->data_fd, relay->target.host, relay->target.port, 5, NULL) !=
            PB_OK) {
            relay->data_fd = -1;
            relay->deadline = 0;
        }
    } else if (relay->listener >= 0) {
        accepted(relay);
    }
    if (relay->data_fd >= 0)
        ftp_relay_close_port(relay);
    return relay->data_fd >= 0;
}
