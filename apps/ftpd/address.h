/* The arguments of PORT, EPRT and EPSV. */
#ifndef PLUGBOARD_FTPD_ADDRESS_H
#define PLUGBOARD_FTPD_ADDRESS_H

#include "transport.h"

enum ftp_address { FTP_ADDRESS_GOOD, FTP_ADDRESS_BAD, FTP_ADDRESS_OTHER_NETWORK };

/* "192,0,2,7,195,80": six numbers from 0 to 255 and nothing else. */
enum ftp_address ftp_address_read_port(struct ftp_endpoint *to, const char *text);

/* "|1|192.0.2.7|50000|" or "|2|2001:db8::7|50000|"; the first byte is the separator, whatever it
 * is. The host is written as pb_net_peer writes it. */
enum ftp_address ftp_address_read_extended(struct ftp_endpoint *to, const char *text);

/* "192,0,2,7,195,80" for a 227. False: the host is no IPv4 address. text: FTP_ADDRESS_TEXT_MAX. */
#define FTP_ADDRESS_TEXT_MAX 32
bool ftp_address_write(char *text, const struct ftp_endpoint *at);

#endif
