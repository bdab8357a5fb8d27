/* Lines of listings. */
#include "facts.h"
#include "part.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static bool number(const char *text, size_t size, unsigned base, uint64_t *value)
{
    uint64_t sum = 0;
    if (size == 0)
        return false;
    for (size_t i = 0; i < size; i++) {
        unsigned digit = (unsigned)(text[i] - '0');
        if (digit >= base || sum > ((uint64_t)INT64_MAX - digit) / base)
            return false;
        sum = sum * base + digit;
    }
    *value = sum;
    return true;
}

bool ftp_facts_time(const char *text, size_t size, int64_t *out)
{
    static const int widths[] = {4, 2, 2, 2, 2, 2}, low[] = {1970, 1, 1, 0, 0, 0},
                     high[] = {9999, 12, 31, 23, 59, 60};
    uint64_t part[6];
    if (size < 14 || (size > 14 && text[14] != '.'))
        return false;
    for (int i = 0; i < 6; i++) {
        if (!number(text, (size_t)widths[i], 10, &part[i]) || (int)part[i] < low[i] ||
            (int)part[i] > high[i])
            return false;
        text += widths[i];
    }
    struct tm when = {.tm_year = (int)part[0] - 1900,
                      .tm_mon = (int)part[1] - 1,
                      .tm_mday = (int)part[2],
                      .tm_hour = (int)part[3],
                      .tm_min = (int)part[4],
                      .tm_sec = (int)part[5]};
    *out = timegm(&when);
    return true;
}

/* ---- MLSD ---- */

static bool is(const char *text, size_t size, const char *word)
{
    return size == strlen(word) && strncasecmp(text, word, size) == 0;
}

static enum ftp_facts_type type_of(const char *value, size_t size)
{
    if (is(value, size, "file"))
        return FTP_FACTS_FILE;
    if (is(value, size, "dir"))
        return FTP_FACTS_FOLDER;
    if (is(value, size, "cdir") || is(value, size, "pdir"))
        return FTP_FACTS_SELF;
    return FTP_FACTS_OTHER;
}

static void fact(struct ftp_facts *facts, const char *key, size_t key_size, const char *value,
                 size_t size)
{
    uint64_t mode;
    if (is(key, key_size, "type"))
        facts->type = type_of(value, size);
    else if (is(key, key_size, "size"))
        facts->has_size = number(value, size, 10, &facts->size);
    else if (is(key, key_size, "modify"))
        facts->has_time = ftp_facts_time(value, size, &facts->time);
    else if (is(key, key_size, "UNIX.mode") && number(value, size, 8, &mode)) {
        facts->has_mode = true;
        facts->mode = (unsigned)mode & 0777;
    }
}

bool ftp_facts_mlsd(struct ftp_facts *facts, const char *line, size_t size)
{
    *facts = (struct ftp_facts){0};
    const char *end = line + size, *blank = memchr(line, ' ', size);
    if (!blank)
        return false;
    for (const char *at = line; at < blank;) {
        const char *stop = memchr(at, ';', (size_t)(blank - at));
        if (!stop)
            return false;
        const char *equals = memchr(at, '=', (size_t)(stop - at));
        if (!equals)
            return false;
        fact(facts, at, (size_t)(equals - at), equals + 1, (size_t)(stop - equals - 1));
        at = stop + 1;
    }
    facts->name = blank + 1;
    facts->name_size = (size_t)(end - blank - 1);
    return facts->name_size > 0;
}

/* ---- ls -l ---- */

bool ftp_facts_unix(struct ftp_facts *facts, const char *line, size_t size)
{
    const char *at = line, *end = line + size;
    static const char letters[] = "rwxrwxrwx";
    *facts = (struct ftp_facts){0};
    if (size < 10 || !strchr("-dlbcps", line[0]))
        return false;
    for (int i = 0; i < 9; i++)
        if (line[i + 1] == letters[i])
            facts->mode |= 0400u >> i;
    facts->has_mode = true;
    facts->type = line[0] == '-'   ? FTP_FACTS_FILE
                  : line[0] == 'd' ? FTP_FACTS_FOLDER
                                   : FTP_FACTS_OTHER;
    for (int word = 0; word < 8; word++) { /* mode links owner group size month day time */
        const char *from = at;
        while (at < end && *at != ' ')
            at++;
        if (word == 4)
            facts->has_size = number(from, (size_t)(at - from), 10, &facts->size);
        while (at < end && *at == ' ' && (word < 7 || at[-1] != ' '))
            at++; /* one blank before the name: a name may begin with blanks */
    }
    facts->name = at;
    facts->name_size = (size_t)(end - at);
    const char *arrow = line[0] == 'l' ? memmem(at, facts->name_size, " -> ", 4) : NULL;
    if (arrow)
        facts->name_size = (size_t)(arrow - at);
    if (is(at, facts->name_size, ".") || is(at, facts->name_size, ".."))
        facts->type = FTP_FACTS_SELF;
    return facts->name_size > 0;
}

/* ---- names ---- */

const char *ftp_facts_unsafe(const char *name, size_t size)
{
    if (size == 0)
        return "is empty";
    if (size > NAME_MAX)
        return "is too long";
    if ((size == 1 || (size == 2 && name[1] == '.')) && name[0] == '.')
        return "is a folder's own name";
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)name[i];
        if (byte == '/')
            return "contains a slash";
        if (byte < 32 || byte == 127)
            return "contains a control character";
    }
    if (ftp_part_is(name, size))
        return "is how unfinished transfers are called here";
    return NULL;
}
