/* Trying one plugin in a short-lived, confined process: does it load, and do its keys work? */
#ifndef PLUGBOARD_PROBE_H
#define PLUGBOARD_PROBE_H

#include "confine.h"
#include "keyfile.h"
#include "options.h"

struct pb_probe {
    const char *name, *file;
    const struct pb_confine *confine;
    const struct pb_options *options;
    const char *folder; /* of the keys */
    bool here;          /* --one: in this very process */
};

struct pb_probed {
    uint32_t format, claims;
    bool made; /* the key pair is new */
};

/* PB_OK: pair is good, and in keys.csv (except under --seed). The caller wipes it. PB_PLUGIN or
 * PB_BROKEN: the plugin's fault. Others: the keys'. */
int pb_probe_run(const struct pb_probe *probe, struct pb_probed *probed,
                 struct pb_keyfile_pair *pair, struct pb_error *error) PB_CHECKED;

#endif
