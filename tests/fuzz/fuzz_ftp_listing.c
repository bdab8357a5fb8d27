/* Listings of a server that lies, as the FTP client reads them: nothing outside of a line is looked at, and a name that is called safe
 * can be nothing but a file in the folder that was meant. */
#include "ftp/facts.h"
#include "fuzz.h"

#include <string.h>

static void look_at(const struct ftp_facts *facts, const uint8_t *line, size_t size)
{
    const char *from = (const char *)line;
    MUST(facts->name >= from && facts->name + facts->name_size <= from + size);
    MUST(!facts->has_mode || facts->mode <= 0777);
    if (ftp_facts_unsafe(facts->name, facts->name_size))
        return;
    MUST(facts->name_size >= 1 && facts->name_size <= 255);
    MUST(!memchr(facts->name, '/', facts->name_size) && facts->name[0] != 0);
    MUST(!(facts->name[0] == '.' && (facts->name_size == 1 || (facts->name_size == 2 && facts->name[1] == '.'))));
    for (size_t i = 0; i < facts->name_size; i++)
        MUST((uint8_t)facts->name[i] >= ' ' && facts->name[i] != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    while (size > 0) {
        struct ftp_facts facts;
        int64_t when;
        const uint8_t *end = memchr(data, '\n', size);
        size_t length = end ? (size_t)(end - data) : size;
        char *line = malloc(length + 1); /* exactly so large, so that a byte read too far is seen */
        MUST(line);
        memcpy(line, data, length);
        if (ftp_facts_mlsd(&facts, line, length))
            look_at(&facts, (uint8_t *)line, length);
        if (ftp_facts_unix(&facts, line, length))
            look_at(&facts, (uint8_t *)line, length);
        (void)!ftp_facts_time(line, length, &when);
        free(line);
        data += length + (end != NULL);
        size -= length + (end != NULL);
    }
    return 0;
}
