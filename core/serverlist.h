/* servers.csv: host, port, cipher, public, first_seen. The servers that this client has met, and
 * their keys. */
#ifndef PLUGBOARD_SERVERLIST_H
#define PLUGBOARD_SERVERLIST_H

#include "table.h"

#include <plugboard/cipher.h>

#define PB_SERVERLIST "servers.csv"

enum pb_serverlist_verdict { PB_SERVERLIST_KNOWN, PB_SERVERLIST_NEW, PB_SERVERLIST_CHANGED };

/* What was known of a server: filled for KNOWN and CHANGED. */
struct pb_serverlist_known {
    char public_key[PB_KEY_MAX + 1];
    char since[PB_FIELD_TIME_SIZE]; /* ISO 8601, UTC */
};

/* Is this the key of that server? host as the user named it (compared without regard to case). The
 * verdict is valid when PB_OK. known may be NULL. Changes nothing. */
int pb_serverlist_check(const char *folder, const char *host, uint16_t port, const char *cipher,
                        const char *public_key, enum pb_serverlist_verdict *verdict,
                        struct pb_serverlist_known *known, const struct pb_table_report *report,
                        struct pb_error *error) PB_CHECKED;

/* Records a new server. The same row again is PB_OK and writes nothing; another key there is
 * PB_REFUSED and stays. */
int pb_serverlist_record(const char *folder, const char *host, uint16_t port, const char *cipher,
                         const char *public_key, time_t when, const struct pb_table_report *report,
                         struct pb_error *error) PB_CHECKED;

/* Drops the keys of a host, of all ciphers; port 0: of all its ports. PB_NOT_FOUND: there is none.
 */
int pb_serverlist_forget(const char *folder, const char *host, uint16_t port, size_t *forgotten,
                         const struct pb_table_report *report, struct pb_error *error) PB_CHECKED;

extern const struct pb_table_kind pb_serverlist_kind;

#endif
