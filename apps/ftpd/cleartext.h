/* The shape of the transport that anybody can read: plain FTP over TCP. */
#ifndef PLUGBOARD_FTPD_CLEARTEXT_H
#define PLUGBOARD_FTPD_CLEARTEXT_H

#include "transport.h"

struct ftp_cleartext {
    struct ftp_transport transport; /* first */
    const struct pb_ports *ports;
    struct pb_random random;
    char peer[PB_ADDRESS_MAX]; /* the client: data connections come from there and go to there, and
                                  to nobody else */
    int listener, data;        /* -1: none */
    struct ftp_endpoint to;    /* of PORT; port 0: none */
    int telnet;                /* where in a telnet sequence the last byte was */
    uint8_t *block;            /* FTP_BLOCK bytes, from the first use on */
};

/* fd and ports are lent. */
int ftp_cleartext_init(struct ftp_cleartext *clear, int fd, const struct pb_ports *ports,
                       struct pb_error *error) PB_CHECKED;
void ftp_cleartext_free(struct ftp_cleartext *clear);

#endif
