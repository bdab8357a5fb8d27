/* Lines to words. */
#include "words.h"

#include <stdlib.h>
#include <string.h>

static const char special[] =
    "*?[\\~"; /* ~: at the beginning of a word here, it is somebody's home */

/* One word, from line to where it ends. */
static const char *take(const char *at, const char *end, char **to, bool *open)
{
    char quote = 0;
    for (; at < end && (quote || !strchr(" \t", *at)); at++) {
        if (quote && *at == quote) {
            quote = 0;
        } else if (!quote && strchr("'\"", *at)) {
            quote = *at;
        } else if (*at == '\\' && quote != '\'' && at + 1 < end) {
            if (strchr(special, *++at))
                *(*to)++ = '\\';
            *(*to)++ = *at;
        } else {
            if (quote && strchr(special, *at))
                *(*to)++ = '\\';
            *(*to)++ = *at;
        }
    }
    *open = quote != 0;
    *(*to)++ = 0;
    return at;
}

int ftp_words_split(struct ftp_words *words, const char *line, size_t size, struct pb_error *error)
{
    const char *end = line + size;
    *words = (struct ftp_words){.text = malloc(2 * size + FTP_WORDS_MAX + 2), .last = end};
    if (!words->text)
        return pb_status_fail(error, PB_SYSTEM, "no memory for a line");
    if (memchr(line, 0, size))
        return pb_status_fail(error, PB_USAGE, "a NUL in the line: nothing was done");
    for (char *to = words->text;;) {
        while (line < end && strchr(" \t", *line))
            line++;
        if (line == end || (*line == '#' && words->count == 0))
            break;
        if (words->count == FTP_WORDS_MAX)
            return pb_status_fail(
                error, PB_USAGE, "more than %d words in one line: nothing was done", FTP_WORDS_MAX);
        words->last = line;
        words->word[words->count++] = to;
        line = take(line, end, &to, &words->open);
    }
    if (words->open)
        return pb_status_fail(error, PB_USAGE, "a quote is not closed: nothing was done");
    return PB_OK;
}

void ftp_words_free(struct ftp_words *words)
{
    free(words->text);
    *words = (struct ftp_words){0};
}

bool ftp_words_pattern(const char *word)
{
    for (; *word; word++) {
        if (*word == '\\' && word[1])
            word++;
        else if (strchr("*?[", *word))
            return true;
    }
    return false;
}

void ftp_words_plain(char *word)
{
    char *to = word;
    for (; *word; word++) {
        if (*word == '\\' && word[1])
            word++;
        *to++ = *word;
    }
    *to = 0;
}
