/* TCP sockets: the only file with addresses in it. All sockets are non-blocking and close-on-exec. */
#ifndef PLUGBOARD_NET_H
#define PLUGBOARD_NET_H

#include "random.h"
#include "status.h"

#include <stdint.h>

#define PB_ADDRESS_MAX 64   /* numeric address, scope and NUL */
#define PB_ENDPOINT_MAX 320 /* "host:port" or "[v6]:port" and NUL */

/* Splits HOST, HOST:PORT, [V6]:PORT, a bare V6, :PORT. host: PB_HOST_MAX + 1 bytes. What is not there stays as it was. PB_USAGE if it makes no sense. */
int pb_net_split(const char *text, char *host, uint16_t *port, struct pb_error *error) PB_CHECKED;

/* "host:port", with brackets round IPv6. */
void pb_net_join(char *text, size_t size, const char *host, uint16_t port);

/* Connects within `seconds`. *fd is the caller's. Sentences: "nobody listens at 127.0.0.1:10101", "no such host ..." */
int pb_net_connect(int *fd, const char *host, uint16_t port, unsigned seconds, struct pb_error *error) PB_CHECKED;

/* Listens on a numeric address or host name; port 0: a free one. *fd is the caller's; *port the one taken. */
int pb_net_listen(int *fd, const char *host, uint16_t *port, int backlog, struct pb_error *error) PB_CHECKED;

/* Listens on a port drawn from low to high at the local address of the connection `like`: at most 64 draws,
 * then PB_NOT_FOUND. Never binds port 0. */
int pb_net_listen_between(int *fd, int like, uint16_t low, uint16_t high, struct pb_random *random, uint16_t *port,
                          struct pb_error *error) PB_CHECKED;

/* Accepts one; PB_AGAIN when there is none (any more). */
int pb_net_accept(int *fd, int listener, struct pb_error *error) PB_CHECKED;
/* The same, with the other side's numeric address (PB_ADDRESS_MAX), which pb_net_peer cannot tell any more if that side has
 * reset the connection meanwhile. */
int pb_net_accept_from(int *fd, int listener, char *address, struct pb_error *error) PB_CHECKED;

/* Numeric address and port of the other side / of our side of fd. address: PB_ADDRESS_MAX. IPv4 in IPv6 is shown as IPv4. */
int pb_net_peer(int fd, char *address, uint16_t *port);
int pb_net_local(int fd, char *address, uint16_t *port);

#endif
