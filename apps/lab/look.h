/* Looking at a plugin without taking it in: a short-lived process loads it and tells what it found,
 * so that one that crashes, hangs, ends the process or prints while it is loaded does no harm here.
 */
#ifndef PLUGBOARD_LOOK_H
#define PLUGBOARD_LOOK_H

#include "plugin.h"

#define PB_LOOK_SECONDS 5 /* for loading, and again for asking about options */

/* What was found. In `cipher`, name, title and summary point to the texts here and all verbs are
 * NULL: which there are is in `verbs`. */
struct pb_look {
    char file[4096];
    struct pb_cipher cipher;
    uint32_t verbs;
    char name[PB_NAME_MAX + 1], title[256], summary[512];
    char options[256]; /* what keygen says of its options; empty: it was not asked, or has none */
};

/* Bits of `verbs`: those of struct pb_cipher from keygen on, in its order. */
#define PB_LOOK_SEALED_MAX (1u << 4)
#define PB_LOOK_ALL        0xffu

/* Loads and checks one file in a process of its own. ask: also ask keygen what options there are.
 * PB_PLUGIN: it cannot be used, with the sentence of the loader, or "crashed while loading
 * (SIGSEGV)" and the like. */
int pb_look_at(struct pb_look *look, const char *file, bool ask, struct pb_error *error) PB_CHECKED;

#endif
