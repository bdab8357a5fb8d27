/* Patterns for file names. Not libc's glob: that one can be made to work for hours (CVE-2010-4756).
 * Only the last star is ever taken back, so the work is at most the product of the two lengths; the
 * number of steps is bounded on top. */
#include "listing.h"

#include <string.h>

#define STEPS 8192

bool ftp_glob_is(const char *text)
{
    return strpbrk(text, "*?[") != NULL;
}

bool ftp_glob_good(const char *pattern)
{
    unsigned stars = 0;
    for (const char *at = pattern; *at; at++)
        stars += *at == '*';
    return strlen(pattern) <= FTP_PATTERN_MAX && stars <= FTP_PATTERN_STARS;
}

/* Behind one character, which in UTF-8 may be several bytes. */
static const char *next(const char *name)
{
    name++;
    while (((unsigned char)*name & 0xc0) == 0x80)
        name++;
    return name;
}

/* Behind the class that begins at '['; NULL: it has no end, so the bracket stands for itself. */
static const char *class_end(const char *pattern)
{
    const char *at = pattern + 1;
    if (*at == '!' || *at == '^')
        at++;
    if (*at == ']')
        at++;
    at = strchr(at, ']');
    return at ? at + 1 : NULL;
}

static bool in_class(const char *pattern, const char *end, unsigned char byte)
{
    const char *at = pattern + 1, *last = end - 1; /* the closing bracket */
    bool without = *at == '!' || *at == '^', found = false;
    for (at += without; at < last; at++) {
        unsigned char low = (unsigned char)*at, high = low;
        if (at + 2 < last && at[1] == '-') {
            high = (unsigned char)at[2];
            at += 2;
        }
        found |= low <= byte && byte <= high;
    }
    return found != without;
}

/* Matches one character with what stands first in the pattern, and moves both on. */
static bool match_one(const char **pattern, const char **name)
{
    const char *end;
    if (**pattern == '?') {
        ++*pattern;
        *name = next(*name);
        return true;
    }
    if (**pattern == '[' && (end = class_end(*pattern))) {
        bool matched = in_class(*pattern, end, (unsigned char)**name);
        *pattern = end;
        ++*name;
        return matched;
    }
    if (**pattern == '\\' && (*pattern)[1])
        ++*pattern;
    return *(*pattern)++ == *(*name)++;
}

bool ftp_glob_match(const char *pattern, const char *name)
{
    const char *star = NULL,
               *resume = NULL; /* behind the last star, and the name where it would end next */
    if (*name == '.' && *pattern != '.') /* as the shell has it */
        return false;
    for (int i = 0; i < STEPS; i++) {
        if (*pattern == '*') {
            star = ++pattern;
            resume = name;
            continue;
        }
        if (!*name && !*pattern)
            return true;
        if (*name && *pattern && match_one(&pattern, &name))
            continue;
        if (!star || !*resume)
            return false;
        pattern = star;
        name = ++resume;
    }
    return false;
}
