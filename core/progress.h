/* What the plugin of a session is doing right now, written round every call of a verb. It may lie in
 * memory shared with the listener, which sees from it who hangs and in which verb somebody crashed. */
#ifndef PLUGBOARD_PROGRESS_H
#define PLUGBOARD_PROGRESS_H

#include <stdint.h>

/* X(name): the verbs of struct pb_cipher, and loading itself. */
#define PB_VERB_TABLE(X) X(none) X(load) X(keygen) X(greet) X(start) X(seal) X(open) X(sealed_max) X(explain) X(stop)

enum pb_verb {
#define X(name) PB_VERB_##name,
    PB_VERB_TABLE(X)
#undef X
};

struct pb_progress {
    volatile uint32_t verb;  /* enum pb_verb: the call under way, or PB_VERB_none */
    volatile uint32_t calls; /* goes up with every call: the same figure twice = the same call */
};

/* Round every call of a verb. Two stores: a record can afford them. */
static inline void pb_progress_enter(struct pb_progress *progress, enum pb_verb verb)
{
    progress->calls++;
    progress->verb = verb;
}

static inline void pb_progress_leave(struct pb_progress *progress)
{
    progress->verb = PB_VERB_none;
}

/* Seconds that one call may take before it counts as a hang: 60 (the slowest honest call that is known needs 38: 1 MiB under a
 * 4096-bit RSA key without its primes), or $PLUGBOARD_HANG_SECONDS. */
unsigned pb_progress_patience(void);

/* "open"; "?" for a number that is none. */
const char *pb_progress_verb_name(uint32_t verb);

#endif
