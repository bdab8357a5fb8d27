/* PORT, EPRT and 227: strict, since what a lenient reader makes of a bad address is somebody
 * else's. */
#include "ftpd/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* Six numbers from 0 to 255, a port that is not 0, nothing more. */
static void test_port(void **state)
{
    static const char *const bad[] = {
        "",
        ",",
        "1",
        "1,2,3,4,5",
        "1,2,3,4,5,6,7",
        "1,2,3,4,5,6,",
        ",1,2,3,4,5,6",
        "256,2,3,4,5,6",
        "1,2,3,4,256,0",
        "1,2,3,4,5,x",
        "1, 2,3,4,5,6",
        "+1,2,3,4,5,6",
        "-1,2,3,4,5,6",
        "01,2,3,4,5,6",
        "1.2.3.4,5,6",
        "1,2,3,4,0,0",
        "1,2,3,4,5,4294967297",
        "1,2,3,4,5,6 ",
        "(1,2,3,4,5,6)",
    };
    struct ftp_endpoint to;
    (void)state;
    assert_int_equal(ftp_address_read_port(&to, "192,0,2,7,195,80"), FTP_ADDRESS_GOOD);
    assert_string_equal(to.host, "192.0.2.7");
    assert_int_equal(to.port, 50000);
    assert_int_equal(ftp_address_read_port(&to, "0,0,0,0,255,255"), FTP_ADDRESS_GOOD);
    assert_int_equal(to.port, 65535);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(ftp_address_read_port(&to, bad[i]), FTP_ADDRESS_BAD);
}

/* Any separator; an address of its family, told in the one spelling that connections have. */
static void test_extended(void **state)
{
    static const char *const bad[] = {
        "",
        "|",
        "||",
        "|1|",
        "|1|192.0.2.7",
        "|1|192.0.2.7|",
        "|1|192.0.2.7|50000",
        "|1|192.0.2.7|50000|x",
        "|1|192.0.2.7|0|",
        "|1|192.0.2.7|65536|",
        "|1|192.0.2|50000|",
        "|1|2001:db8::7|50000|",
        "|2|192.0.2.7|50000|",
        "|1||50000|",
        "|1|host|50000|",
        "|x|192.0.2.7|50000|",
        "1|192.0.2.7|50000|",
        "|1|192.0.2.7|+5|",
        " 1 192.0.2.7 5 ",
        "|2|2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff:2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff|50000|",
    };
    static const struct {
        const char *text, *host;
    } good[] = {
        {"|1|192.0.2.7|50000|", "192.0.2.7"},
        {"!1!192.0.2.7!50000!", "192.0.2.7"},
        {"|2|2001:db8::7|50000|", "2001:db8::7"},
        {"|2|2001:0DB8:0:0:0:0:0:7|50000|", "2001:db8::7"},
        {"|2|::ffff:192.0.2.7|50000|", "192.0.2.7"},
    };
    struct ftp_endpoint to;
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(ftp_address_read_extended(&to, good[i].text), FTP_ADDRESS_GOOD);
        assert_string_equal(to.host, good[i].host);
        assert_int_equal(to.port, 50000);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(ftp_address_read_extended(&to, bad[i]), FTP_ADDRESS_BAD);
    assert_int_equal(ftp_address_read_extended(&to, "|3|192.0.2.7|50000|"),
                     FTP_ADDRESS_OTHER_NETWORK);
}

/* What is written is read back the same; IPv6 cannot be written. */
static void test_write(void **state)
{
    struct ftp_endpoint at = {.host = "192.0.2.7", .port = 50001}, back;
    char text[FTP_ADDRESS_TEXT_MAX];
    (void)state;
    assert_true(ftp_address_write(text, &at));
    assert_string_equal(text, "192,0,2,7,195,81");
    assert_int_equal(ftp_address_read_port(&back, text), FTP_ADDRESS_GOOD);
    assert_string_equal(back.host, at.host);
    assert_int_equal(back.port, at.port);
    assert_false(ftp_address_write(text, &(struct ftp_endpoint){.host = "::1", .port = 1}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_port),
        cmocka_unit_test(test_extended),
        cmocka_unit_test(test_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
