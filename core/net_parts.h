/* Only for net.c (addresses, connecting) and netlisten.c (listening, accepting): others see net.h.
 */
#ifndef PLUGBOARD_NET_PARTS_H
#define PLUGBOARD_NET_PARTS_H

#include "net.h"

struct addrinfo;
struct sockaddr_storage;

/* The addresses of a host, at that port; flags: AI_... of getaddrinfo(3). *found is the caller's
 * (freeaddrinfo). */
int pb_net_look_up(struct addrinfo **found, const char *host, uint16_t port, int flags,
                   struct pb_error *error) PB_CHECKED;

/* An address as pb_net_peer tells it; address: PB_ADDRESS_MAX. */
int pb_net_show(const struct sockaddr_storage *from, char *address, uint16_t *port);

/* setsockopt of an int. Whether it is taken changes speed or comfort, never correctness. */
void pb_net_set(int fd, int level, int option, int value);

#endif
