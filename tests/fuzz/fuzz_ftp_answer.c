/* Replies of a server that lies, and lines that a person types, as the FTP client reads them: the same replies in pieces of whatever size,
 * bounded, and what is read out of them is in its limits.
 * Input: byte 0 is the size of the pieces, the rest is what the server says. */
#include "ftp/answer.h"
#include "ftp/words.h"
#include "fuzz.h"

#include <string.h>

static void read_reply(const struct ftp_answer *reply)
{
    unsigned char address[4];
    char text[256], hex[65];
    uint64_t number;
    uint16_t port = 0;
    MUST(reply->code >= 100 && reply->code <= 599);
    MUST(reply->size <= FTP_ANSWER_TEXT_MAX && reply->text[reply->size] == 0);
    (void)!ftp_answer_line(reply, "MLST");
    if (ftp_answer_quoted(reply, text, sizeof text))
        MUST(memchr(text, 0, sizeof text));
    (void)!ftp_answer_number(reply, &number);
    if (ftp_answer_227(reply->text, address, &port))
        MUST(port > 0);
    if (ftp_answer_229(reply->text, &port))
        MUST(port > 0);
    if (ftp_answer_sha256(reply, hex))
        MUST(strlen(hex) == 64 && strspn(hex, "0123456789abcdef") == 64);
}

/* Sum over the replies, so that two ways can be compared. */
static uint64_t read_all(const uint8_t *sent, size_t size, size_t piece)
{
    static struct ftp_answer reply;
    uint64_t sum = 0;
    memset(&reply, 0, sizeof reply);
    while (size > 0) {
        const char *data = (const char *)sent;
        size_t now = size < piece ? size : piece, left = now;
        while (left > 0) {
            struct pb_error error = {0};
            size_t before = left;
            int result = ftp_answer_take(&reply, &data, &left, &error);
            MUST(left <= before && data + left == (const char *)sent + now);
            if (result == PB_AGAIN) {
                MUST(left == 0);
            } else if (result == PB_OK) {
                read_reply(&reply);
                sum = sum * 31 + (uint64_t)reply.code;
                for (size_t i = 0; i < reply.size; i++)
                    sum = sum * 31 + (uint8_t)reply.text[i];
            } else {
                MUST(error.text[0]);
                return sum * 31 + 1;
            }
        }
        sent += now;
        size -= now;
    }
    return sum;
}

static void read_words(const char *line, size_t size)
{
    struct ftp_words words;
    struct pb_error error = {0};
    if (ftp_words_split(&words, line, size, &error) == PB_OK) {
        MUST(words.count <= FTP_WORDS_MAX);
        for (int i = 0; i < words.count; i++) {
            size_t before = strlen(words.word[i]);
            (void)!ftp_words_pattern(words.word[i]);
            ftp_words_plain(words.word[i]);
            MUST(strlen(words.word[i]) <= before);
        }
    }
    ftp_words_free(&words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    MUST(read_all(data + 1, size - 1, data[0] ? data[0] : 1) == read_all(data + 1, size - 1, 4096));
    read_words((const char *)data + 1, size - 1);
    return 0;
}
