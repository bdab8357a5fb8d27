/* Names of the verbs, and how long one may take. */
#include "progress.h"

#include <stdlib.h>

#define PATIENCE 60

unsigned pb_progress_patience(void)
{
    const char *named = getenv("PLUGBOARD_HANG_SECONDS");
    int seconds = named ? atoi(named) : 0;
    return seconds > 0 ? (unsigned)seconds : PATIENCE;
}

const char *pb_progress_verb_name(uint32_t verb)
{
    static const char *const names[] = {
#define X(name) #name,
        PB_VERB_TABLE(X)
#undef X
    };
    return verb < sizeof names / sizeof *names ? names[verb] : "?";
}
