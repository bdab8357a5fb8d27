/* The one table of what can go wrong with a file. */
#include "error.h"

#include <errno.h>
#include <stddef.h>

static const struct {
    int code;
    const char *text;
} table[] = {
#define X(name, code, text) {code, text},
    FTP_ERROR_TABLE(X)
#undef X
};

static const struct {
    int number;
    enum ftp_error error;
} numbers[] = {
    {0, FTP_OK},
    {ENOENT, FTP_NOT_THERE},
    {ELOOP, FTP_NOT_THERE}, /* a ring of links leads nowhere */
    {ENOTDIR, FTP_NOT_A_FOLDER},
    {EISDIR, FTP_NOT_A_FILE},
    {ENXIO, FTP_NOT_A_FILE}, /* a FIFO or a socket */
    {EXDEV, FTP_OTHER_DISK},
    {ENAMETOOLONG, FTP_BAD_NAME},
    {EACCES, FTP_NOT_ALLOWED},
    {EPERM, FTP_NOT_ALLOWED},
    {EROFS, FTP_NOT_ALLOWED},
    {ENOTEMPTY, FTP_NOT_EMPTY},
    {EEXIST, FTP_EXISTS},
    {EINVAL, FTP_BAD_NAME}, /* a folder into itself; bytes that this disk cannot name */
    {EILSEQ, FTP_BAD_NAME},
    {EAGAIN, FTP_TRY_AGAIN},
    {ETXTBSY, FTP_BUSY},
    {EBUSY, FTP_BUSY},
    {ENOSPC, FTP_DISK_FULL},
    {EDQUOT, FTP_DISK_FULL},
    {EFBIG, FTP_TOO_LARGE},
    {EMLINK, FTP_DISK_FULL},
};

int ftp_error_code(enum ftp_error error)
{
    return table[error].code;
}

const char *ftp_error_text(enum ftp_error error)
{
    return table[error].text;
}

enum ftp_error ftp_error_of(int number)
{
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i].number == number)
            return numbers[i].error;
    return FTP_FAILED;
}
