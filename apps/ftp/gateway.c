#include "gateway.h"
int ftp_gateway_run(struct pb_caller *caller, const char *where, bool anywhere, unsigned seconds)
{
    (void)caller; (void)where; (void)anywhere; (void)seconds;
    return 1;
}
