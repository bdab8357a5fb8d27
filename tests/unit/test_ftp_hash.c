/* HASH: the SHA-256 of exactly the bytes that were asked for. */
#include "ftp_place.h"

#include "ftpd/hash.h"

static bool never(void *context)
{
    ++*(int *)context;
    return false;
}

/* Known answers (FIPS 180-4's "abc"; nothing; ten thousand times "0123456789"), and ranges of them.
 */
static void knows_answers(void **state)
{
    struct place *place = *state;
    char text[FTP_HASH_TEXT_MAX];
    int fd;
    if (!ftp_hash_available())
        skip();
    place_write(place, "root/file", "xxabcyy");
    assert_int_equal(ftp_root_read(&place->root, "/file", &fd, NULL), FTP_OK);
    assert_int_equal(ftp_hash_range(fd, 2, 5, text, NULL, NULL), FTP_OK);
    assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(ftp_hash_range(fd, 7, 7, text, NULL, NULL), FTP_OK);
    assert_string_equal(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_int_equal(ftp_hash_range(fd, 0, 8, text, NULL, NULL), FTP_BAD_OFFSET);
    assert_int_equal(ftp_hash_range(fd, 5, 2, text, NULL, NULL), FTP_BAD_OFFSET);
    assert_int_equal(ftp_hash_range(fd, 0, UINT64_MAX, text, NULL, NULL), FTP_BAD_OFFSET);
    close(fd);
    FILE *file = fopen(place_path(place, "root/file"), "w");
    for (int i = 0; i < 10000; i++)
        fputs("0123456789", file);
    fclose(file);
    assert_int_equal(ftp_root_read(&place->root, "/file", &fd, NULL), FTP_OK);
    assert_int_equal(ftp_hash_range(fd, 0, 100000, text, NULL, NULL), FTP_OK);
    assert_string_equal(text, "aca9e593cc629cbaa94cd5a07dc029424aad93e5129e5d11f8dcd2f139c16cc0");
    close(fd);
}

/* Whoever waits for it may give up on the way. */
static void can_be_stopped(void **state)
{
    struct place *place = *state;
    char text[FTP_HASH_TEXT_MAX];
    int fd, asked = 0;
    if (!ftp_hash_available())
        skip();
    place_write(place, "root/file", "");
    assert_int_equal(truncate(place_path(place, "root/file"), 8 << 20), 0);
    assert_int_equal(ftp_root_read(&place->root, "/file", &fd, NULL), FTP_OK);
    assert_int_equal(ftp_hash_range(fd, 0, 8 << 20, text, never, &asked), FTP_STOPPED);
    assert_int_equal(asked, 1);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(knows_answers),
        PLACE_TEST(can_be_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
