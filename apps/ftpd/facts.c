/* Lines as `ls -l` has them, and the facts of RFC 3659. */
#include "facts.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define HALF_A_YEAR (182 * 24 * 60 * 60)

static const char *const fact_names[] = {
#define X(name, text) text,
    FTP_FACT_TABLE(X)
#undef X
};

static bool has(unsigned facts, enum ftp_fact_number fact)
{
    return facts & (1u << fact);
}

/* ---- times: UTC, and months in English whatever the locale ---- */

static struct tm utc(time_t when)
{
    struct tm tm = {.tm_mday = 1, .tm_year = 70};
    if (!gmtime_r(&when, &tm) || tm.tm_year < -1900 ||
        tm.tm_year > 9999 - 1900) /* some disks hold any number */
        tm = (struct tm){.tm_mday = 1, .tm_year = 70};
    return tm;
}

void ftp_listing_time(char text[FTP_TIME_MAX], time_t when)
{
    struct tm tm = utc(when);
    snprintf(text, FTP_TIME_MAX, "%04u%02u%02u%02u%02u%02u", (unsigned)(tm.tm_year + 1900) % 10000,
             (unsigned)(tm.tm_mon + 1) % 100, (unsigned)tm.tm_mday % 100,
             (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100);
}

bool ftp_listing_parse_time(const char *text, time_t *when)
{
    static const struct {
        int digits, low, high;
    } parts[] = {{4, 1, 9999}, {2, 1, 12}, {2, 1, 31}, {2, 0, 23}, {2, 0, 59}, {2, 0, 60}};
    int values[6];
    for (size_t i = 0; i < 6; i++) {
        values[i] = 0;
        for (int digit = 0; digit < parts[i].digits; digit++, text++) {
            if (*text < '0' || *text > '9')
                return false;
            values[i] = values[i] * 10 + (*text - '0');
        }
        if (values[i] < parts[i].low || values[i] > parts[i].high)
            return false;
    }
    if (*text && (*text != '.' || !text[1] || strspn(text + 1, "0123456789") != strlen(text + 1)))
        return false;
    struct tm tm = {.tm_year = values[0] - 1900,
                    .tm_mon = values[1] - 1,
                    .tm_mday = values[2],
                    .tm_hour = values[3],
                    .tm_min = values[4],
                    .tm_sec = values[5]};
    *when = timegm(&tm);
    return tm.tm_mday == values[2]; /* not the 30th of February */
}

/* ---- LIST ---- */

static char type_letter(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return '-';
    case S_IFDIR:
        return 'd';
    case S_IFIFO:
        return 'p';
    case S_IFSOCK:
        return 's';
    case S_IFCHR:
        return 'c';
    default:
        return 'b';
    }
}

size_t ftp_facts_long(char *line, size_t size, const struct ftp_looked *looked, time_t now)
{
    const struct stat *status = &looked->status;
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char mode[11] = "----------", date[48];
    struct tm tm = utc(status->st_mtime);
    bool recent = status->st_mtime > now - HALF_A_YEAR && status->st_mtime <= now + 24 * 60 * 60;
    mode[0] = looked->folder_link ? 'l' : type_letter(status->st_mode);
    for (int i = 0; i < 9; i++)
        if (status->st_mode & (0400u >> i))
            mode[i + 1] = "rwx"[i % 3];
    if (recent)
        snprintf(date, sizeof date, "%.3s %2d %02d:%02d", months[tm.tm_mon], tm.tm_mday, tm.tm_hour,
                 tm.tm_min);
    else
        snprintf(date, sizeof date, "%.3s %2d  %4d", months[tm.tm_mon], tm.tm_mday,
                 tm.tm_year + 1900);
    int length =
        snprintf(line, size, "%s %3" PRIuMAX " %-8s %-8s %12" PRIdMAX " %s ", mode,
                 (uintmax_t)status->st_nlink, "ftp", "ftp", (intmax_t)status->st_size, date);
    return length < 0 || (size_t)length >= size ? 0 : (size_t)length;
}

/* ---- MLSD and MLST ---- */

/* The owner's own bits say it without a call to the kernel. */
static bool can(const struct ftp_looked *looked, int what)
{
    if (looked->link) /* not asked: the kernel would follow it out of the root */
        return !(what & W_OK);
    if (looked->status.st_uid == geteuid() && (int)((looked->status.st_mode >> 6) & 7) ==
                                                  ((int)((looked->status.st_mode >> 6) & 7) | what))
        return true;
    return faccessat(looked->folder, looked->name, what, AT_EACCESS | AT_SYMLINK_NOFOLLOW) == 0;
}

/* RFC 3659 7.5.5: what the client may try. */
static void write_perm(char perm[16], const struct ftp_looked *looked)
{
    bool folder = S_ISDIR(looked->status.st_mode), file = S_ISREG(looked->status.st_mode);
    bool writes = !looked->read_only && !looked->link && (folder || file) &&
                  can(looked, folder ? W_OK | X_OK : W_OK);
    char *at = perm;
    if (file && writes)
        *at++ = 'a';
    if (folder && writes)
        *at++ = 'c';
    if (looked->writable)
        *at++ = 'd';
    if (folder && can(looked, X_OK))
        *at++ = 'e';
    if (looked->writable)
        *at++ = 'f';
    if (folder && can(looked, R_OK))
        *at++ = 'l';
    if (folder && writes) {
        *at++ = 'm';
        *at++ = 'p';
    }
    if (file && can(looked, R_OK))
        *at++ = 'r';
    if (file && writes)
        *at++ = 'w';
    *at = 0;
}

static bool fact_text(char *text, size_t size, enum ftp_fact_number fact,
                      const struct ftp_looked *looked)
{
    const struct stat *status = &looked->status;
    char helper[FTP_TIME_MAX];
    switch (fact) {
    case FTP_FACT_NUMBER_TYPE:
        snprintf(text, size, "%s",
                 looked->folder_link        ? "OS.unix=slink"
                 : S_ISREG(status->st_mode) ? "file"
                 : S_ISDIR(status->st_mode) ? "dir"
                                            : "OS.unix=special");
        return true;
    case FTP_FACT_NUMBER_SIZE:
        snprintf(text, size, "%" PRIdMAX, (intmax_t)status->st_size);
        return S_ISREG(status->st_mode);
    case FTP_FACT_NUMBER_MODIFY:
        ftp_listing_time(helper, status->st_mtime);
        snprintf(text, size, "%s", helper);
        return true;
    case FTP_FACT_NUMBER_PERM:
        write_perm(helper, looked);
        snprintf(text, size, "%s", helper);
        return true;
    case FTP_FACT_NUMBER_UNIQUE:
        snprintf(text, size, "%" PRIxMAX "g%" PRIxMAX, (uintmax_t)status->st_dev,
                 (uintmax_t)status->st_ino);
        return true;
    case FTP_FACT_NUMBER_MODE:
        snprintf(text, size, "%04o", (unsigned)status->st_mode & 0777);
        return true;
    case FTP_FACTS:
        break;
    }
    return false;
}

size_t ftp_facts_write(char *line, size_t size, const struct ftp_looked *looked, unsigned facts)
{
    char text[64];
    size_t length = 0;
    for (int fact = 0; fact < FTP_FACTS; fact++)
        if (has(facts, fact) && fact_text(text, sizeof text, fact, looked))
            length +=
                (size_t)snprintf(line + length, size - length, "%s=%s;", fact_names[fact], text);
    line[length++] = ' ';
    line[length] = 0;
    return length;
}

void ftp_listing_feature(char text[FTP_FACTS_TEXT_MAX], unsigned facts)
{
    size_t length = 0;
    for (int fact = 0; fact < FTP_FACTS; fact++)
        length += (size_t)snprintf(text + length, FTP_FACTS_TEXT_MAX - length, "%s%s;",
                                   fact_names[fact], has(facts, fact) ? "*" : "");
}

unsigned ftp_listing_choose(const char *wanted, char text[FTP_FACTS_TEXT_MAX])
{
    unsigned facts = 0;
    size_t length = 0;
    for (const char *at = wanted; *at;) {
        size_t size = strcspn(at, ";");
        for (int fact = 0; fact < FTP_FACTS; fact++)
            if (strlen(fact_names[fact]) == size && strncasecmp(at, fact_names[fact], size) == 0)
                facts |= 1u << fact;
        at += size + (at[size] == ';');
    }
    text[0] = 0;
    for (int fact = 0; fact < FTP_FACTS; fact++)
        if (has(facts, fact))
            length += (size_t)snprintf(text + length, FTP_FACTS_TEXT_MAX - length, "%s;",
                                       fact_names[fact]);
    return facts;
}
