/* What the columns of the CSV files may contain. Each check returns NULL if text (size bytes, a NUL
 * behind them) is good, otherwise what is wrong with it, to be put behind the column's name. */
#ifndef PLUGBOARD_FIELD_H
#define PLUGBOARD_FIELD_H

#include <stddef.h>
#include <time.h>

#define PB_FIELD_TIME_SIZE   32 /* room for "2025-11-30T12:00:00Z" and NUL */
#define PB_FIELD_NAME_MAX    64 /* bytes of a person's name, as in pb_hello.name */
#define PB_FIELD_ADDRESS_MAX 255

typedef const char *pb_field_check(const char *text, size_t size);

pb_field_check pb_field_cipher;
pb_field_check pb_field_key;
pb_field_check pb_field_name; /* printable UTF-8, 1 to 64 bytes; not "?...", which marks those who
                                 are not on the list */
pb_field_check pb_field_claimed; /* what somebody calls himself: the same, or empty, or "?..." */
pb_field_check pb_field_address; /* host name or address */
pb_field_check pb_field_port;    /* 1 to 65535 */
pb_field_check pb_field_number;  /* 0 to 4294967295 */
pb_field_check pb_field_time;    /* 2025-11-30T12:00:00Z */

/* ISO 8601, UTC. text: PB_FIELD_TIME_SIZE. */
void pb_field_write_time(char *text, time_t when);

/* A number that passed pb_field_number or pb_field_port. */
unsigned pb_field_read_number(const char *text);

#endif
