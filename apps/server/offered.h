/* The ciphers that a server offers, each with its key pair. No plugin is mapped here: short-lived
 * probes do that. */
#ifndef PLUGBOARD_OFFERED_H
#define PLUGBOARD_OFFERED_H

#include "confine.h"
#include "server.h"

struct pb_offered {
    char name[PB_NAME_MAX + 1];
    char *file;
    uint16_t format;
    uint32_t claims;
    char *public_key;
    char *private_key; /* in a mapping of its own and nowhere else, so that a session can drop those
                          of the others */
    size_t private_room; /* of that mapping */
};

struct pb_offered_list {
    struct pb_offered *ciphers;
    size_t count;
};

/* Finds the plugins (settings->ciphers, or all), tries each, reads or makes its key pair in
 * `folder`, and says of each what came of it. PB_PLUGIN: none is left. */
int pb_offered_fill(struct pb_offered_list *list, const struct pb_service *service,
                    const struct pb_server_settings *settings, const struct pb_options *options,
                    const char *folder, struct pb_confine *confine,
                    struct pb_error *error) PB_CHECKED;

const struct pb_offered *pb_offered_find(const struct pb_offered_list *list, const char *name);

/* "none, xor, box" */
void pb_offered_names(const struct pb_offered_list *list, char *names, size_t size);

/* Makes all private keys but this one's unreadable in this process, for ever. */
void pb_offered_drop_others(const struct pb_offered_list *list, const struct pb_offered *own);

void pb_offered_free(struct pb_offered_list *list);

#endif
