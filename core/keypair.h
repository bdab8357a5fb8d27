/* Key pairs as texts: making one, and asking the cipher whether one would work. */
#ifndef PLUGBOARD_KEYPAIR_H
#define PLUGBOARD_KEYPAIR_H

#include "stream.h"

/* Makes a key pair. options: "name=value" strings, ended by NULL. public_key, private_key: room for
 * PB_KEY_MAX + 1 bytes each. What the plugin wrote is checked (printable, not empty, ended). progress may be NULL.
 * PB_REFUSED: an option is not good, with the plugin's reason. PB_BROKEN. */
int pb_keypair_make(const struct pb_cipher *cipher, struct pb_random *random, const char *const *options,
                      char *public_key, char *private_key, struct pb_progress *progress,
                      struct pb_error *error) PB_CHECKED;

/* Would this pair work? Both roles are started in memory with the pair as its own peer, and one message goes each
 * way. PB_REFUSED with the plugin's reason. progress may be NULL. */
int pb_keypair_check(const struct pb_cipher *cipher, const char *public_key, const char *private_key,
                     struct pb_progress *progress, struct pb_error *error) PB_CHECKED;

/* True if text can be a key: 1 to PB_KEY_MAX bytes, all from 0x20 to 0x7e. */
bool pb_keypair_printable(const char *text, size_t size);

#endif
