/* Names of the verbs. */
#include "progress.h"

const char *pb_progress_verb_name(uint32_t verb)
{
    static const char *const names[] = {
#define X(name) #name,
        PB_VERB_TABLE(X)
#undef X
    };
    return verb < sizeof names / sizeof *names ? names[verb] : "?";
}
