/* The sealed shape of the transport. */
#ifndef PLUGBOARD_FTPD_SEALED_H
#define PLUGBOARD_FTPD_SEALED_H

#include "transport.h"

struct ftp_sealed {
    struct ftp_transport transport; /* first */
    struct pb_channel *main, *data; /* data NULL: none */
    struct pb_offer *offer;
    const struct pb_ports *ports;
    const uint8_t *message; /* what is left of the last message of commands */
    size_t left;
};

/* main and ports are lent. */
void ftp_sealed_init(struct ftp_sealed *sealed, struct pb_channel *main,
                     const struct pb_ports *ports);

#endif
