/* What a client of the FTP server can say, from bytes to arguments. Whatever comes, and in pieces of whatever size: the same lines,
 * none longer than it may be, a verb is capitals, an address is the numbers that stand there, no pattern takes long.
 * Input: byte 0 is the size of the pieces, the rest is the commands' connection. */
#include "ftpd/address.h"
#include "ftpd/lines.h"
#include "ftpd/listing.h"
#include "ftpd/request.h"
#include "fuzz.h"

#include <arpa/inet.h>
#include <string.h>

/* ---- one line ---- */

static void read_address(const char *text)
{
    struct ftp_endpoint to;
    char again[FTP_ADDRESS_TEXT_MAX];
    uint8_t bytes[16];
    if (ftp_address_read_port(&to, text) == FTP_ADDRESS_GOOD) {
        MUST(inet_pton(AF_INET, to.host, bytes) == 1);
        struct ftp_endpoint other;
        MUST(ftp_address_write(again, &to) && ftp_address_read_port(&other, again) == FTP_ADDRESS_GOOD);
        MUST(strcmp(other.host, to.host) == 0 && other.port == to.port);
    }
    if (ftp_address_read_extended(&to, text) == FTP_ADDRESS_GOOD)
        MUST(inet_pton(strchr(to.host, ':') ? AF_INET6 : AF_INET, to.host, bytes) == 1);
}

static void read_argument(const char *argument)
{
    char text[FTP_FACTS_TEXT_MAX], written[FTP_TIME_MAX];
    time_t when, again;
    read_address(argument);
    if (ftp_listing_parse_time(argument, &when)) {
        ftp_listing_time(written, when);
        MUST(ftp_listing_parse_time(written, &again) && again == when);
    }
    unsigned facts = ftp_listing_choose(argument, text);
    MUST((facts & ~FTP_FACTS_ALL) == 0 && memchr(text, 0, sizeof text));
    MUST(ftp_listing_choose(text, text) == facts);
    if (ftp_glob_good(argument)) {
        MUST(strlen(argument) <= FTP_PATTERN_MAX);
        ftp_glob_match(argument, "a name.txt");
        ftp_glob_match(argument, argument);
        ftp_glob_match("*a*b*", argument);
    }
}

static void read_line(const char *line, size_t size)
{
    struct ftp_request request;
    MUST(size < FTP_LINE_MAX && line[size] == 0 && !memchr(line, '\n', size));
    if (ftp_request_parse(&request, line, size) != FTP_REQUEST_GOOD)
        return;
    size_t length = strlen(request.verb);
    MUST(length >= 1 && length <= FTP_VERB_MAX && strspn(request.verb, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == length);
    MUST(!strpbrk(request.argument, "\r\n"));
    MUST(!*request.argument || (request.argument == line + length + 1 && strlen(request.argument) == size - length - 1));
    read_argument(request.argument);
}

/* ---- a connection ---- */

/* Sum over the lines, so that two ways can be compared without keeping either. */
static uint64_t read_all(const uint8_t *sent, size_t size, size_t piece)
{
    static struct ftp_lines lines;
    char line[FTP_LINE_MAX];
    uint64_t sum = 0;
    enum ftp_line what;
    memset(&lines, 0, sizeof lines);
    while (size > 0) {
        size_t room, length;
        uint8_t *to = ftp_lines_room(&lines, &room);
        size_t now = size < piece ? size : piece;
        MUST(to && room > 0);
        if (now > room)
            now = room;
        memcpy(to, sent, now);
        ftp_lines_came(&lines, now);
        sent += now;
        size -= now;
        while ((what = ftp_lines_take(&lines, line, &length)) != FTP_LINE_NONE) {
            sum = sum * 31 + (uint64_t)what;
            for (size_t i = 0; what == FTP_LINE_ONE && i < length; i++)
                sum = sum * 31 + (uint8_t)line[i];
            if (what == FTP_LINE_ONE)
                read_line(line, length);
        }
    }
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1)
        MUST(read_all(data + 1, size - 1, data[0] ? data[0] : 1) == read_all(data + 1, size - 1, 4096));
    return 0;
}
