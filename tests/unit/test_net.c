/* net.c against the kernel's loopback. No port is fixed: what is free is asked for first. */
#include "message.h"
#include "net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static int listen_on(const char *host, uint16_t *port)
{
    struct pb_error error = {0};
    int fd = -1;
    *port = 0;
    assert_int_equal(pb_net_listen(&fd, host, port, 8, &error), PB_OK);
    assert_int_not_equal(*port, 0);
    return fd;
}

static int accept_from(int listener)
{
    struct pb_error error = {0};
    struct pollfd poll_for = {.fd = listener, .events = POLLIN};
    int fd = -1;
    assert_int_equal(poll(&poll_for, 1, 10000), 1);
    assert_int_equal(pb_net_accept(&fd, listener, &error), PB_OK);
    return fd;
}

static int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t size = sizeof value;
    assert_int_equal(getsockopt(fd, level, name, &value, &size), 0);
    return value;
}

/* Every form of an endpoint gives its parts, and what is not there stays as it was. */
static void split_takes_every_form(void **state)
{
    static const struct {
        const char *text, *host;
        uint16_t port;
    } rows[] = {
        {"example.org", "example.org", 7},
        {"example.org:80", "example.org", 80},
        {"10.0.0.1:65535", "10.0.0.1", 65535},
        {"[::1]:10101", "::1", 10101},
        {"[::1]", "::1", 7},
        {"::1", "::1", 7},
        {"fe80::1%eth0", "fe80::1%eth0", 7},
        {":10102", "before", 10102},
        {"::", "::", 7},
        {"::ffff:10.0.0.1", "::ffff:10.0.0.1", 7},
        {"room-3_b.local:1", "room-3_b.local", 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pb_error error = {0};
        char host[PB_HOST_MAX + 1] = "before";
        uint16_t port = 7;
        assert_int_equal(pb_net_split(rows[i].text, host, &port, &error), PB_OK);
        assert_string_equal(host, rows[i].host);
        assert_int_equal(port, rows[i].port);
    }
}

/* What makes no sense is wrong usage with a sentence, and changes neither host nor port. */
static void split_refuses_nonsense(void **state)
{
    static const char *const rows[] = {
        "",         ":",           "host:", "host:0",       "host:65536", "host:1x",
        "host:-1",  "host:000080", "[::1",  "[::1]80",      "[]:80",      "[x]:1",
        "1:2:3",    "a b",         "a/b:1", "user@host:22", "host:\x01",  "[::1]:",
        "host: 80", ":0",
    };
    char longest[PB_HOST_MAX + 2];
    (void)state;
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    for (size_t i = 0; i <= sizeof rows / sizeof *rows; i++) {
        struct pb_error error = {0};
        char host[PB_HOST_MAX + 1] = "before";
        uint16_t port = 7;
        const char *text = i < sizeof rows / sizeof *rows ? rows[i] : longest;
        assert_int_equal(pb_net_split(text, host, &port, &error), PB_USAGE);
        assert_true(strlen(error.text) > 10);
        assert_string_equal(host, "before");
        assert_int_equal(port, 7);
    }
}

/* The longest host that the protocol allows fits. */
static void split_takes_the_longest_host(void **state)
{
    char text[PB_HOST_MAX + 4], host[PB_HOST_MAX + 1];
    struct pb_error error = {0};
    uint16_t port = 7;
    (void)state;
    memset(text, 'a', PB_HOST_MAX);
    memcpy(text + PB_HOST_MAX, ":99", 4);
    assert_int_equal(pb_net_split(text, host, &port, &error), PB_OK);
    assert_int_equal(strlen(host), PB_HOST_MAX);
    assert_int_equal(port, 99);
}

/* What join writes, split reads. */
static void join_is_the_reverse_of_split(void **state)
{
    static const char *const hosts[] = {"127.0.0.1", "::1", "fe80::1%2", "room.example"};
    (void)state;
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        struct pb_error error = {0};
        char text[PB_ENDPOINT_MAX], host[PB_HOST_MAX + 1] = "";
        uint16_t port = 0;
        pb_net_join(text, sizeof text, hosts[i], 10101);
        assert_int_equal(pb_net_split(text, host, &port, &error), PB_OK);
        assert_string_equal(host, hosts[i]);
        assert_int_equal(port, 10101);
    }
}

static void bytes_go_both_ways(const char *host)
{
    struct pb_error error = {0};
    char address[PB_ADDRESS_MAX], other_address[PB_ADDRESS_MAX], byte = 'x';
    uint16_t port, seen, client_port;
    int client = -1, listener = listen_on(host, &port);

    assert_int_equal(pb_net_connect(&client, host, port, 10, &error), PB_OK);
    int server = accept_from(listener);

    assert_int_equal(write(client, &byte, 1), 1);
    struct pollfd poll_for = {.fd = server, .events = POLLIN};
    assert_int_equal(poll(&poll_for, 1, 10000), 1);
    assert_int_equal(read(server, &byte, 1), 1);

    assert_int_equal(pb_net_local(server, address, &seen), PB_OK);
    assert_int_equal(seen, port);
    assert_int_equal(pb_net_peer(client, other_address, &seen), PB_OK);
    assert_int_equal(seen, port);
    assert_string_equal(address, other_address);
    assert_int_equal(pb_net_local(client, address, &client_port), PB_OK);
    assert_int_equal(pb_net_peer(server, address, &seen), PB_OK);
    assert_int_equal(seen, client_port);

    int all[] = {client, server, listener};
    for (size_t i = 0; i < 3; i++) {
        assert_true(fcntl(all[i], F_GETFL) & O_NONBLOCK);
        assert_true(fcntl(all[i], F_GETFD) & FD_CLOEXEC);
    }
    assert_int_not_equal(option(client, IPPROTO_TCP, TCP_NODELAY), 0);
    assert_int_not_equal(option(server, IPPROTO_TCP, TCP_NODELAY), 0);
    assert_int_not_equal(option(listener, SOL_SOCKET, SO_REUSEADDR), 0);
    close(client);
    close(server);
    close(listener);
}

/* Over IPv4, by number and by name: both sides see the right addresses, and every socket is
 * non-blocking, close-on-exec and sends at once. */
static void ipv4_connects(void **state)
{
    (void)state;
    bytes_go_both_ways("127.0.0.1");
    bytes_go_both_ways("localhost");
}

static int has_ipv6(void)
{
    struct pb_error error = {0};
    uint16_t port = 0;
    int fd = -1;
    if (pb_net_listen(&fd, "::1", &port, 1, &error) != PB_OK)
        return 0;
    close(fd);
    return 1;
}

/* The same over IPv6. */
static void ipv6_connects(void **state)
{
    (void)state;
    if (!has_ipv6())
        skip();
    bytes_go_both_ways("::1");
}

/* A listener on :: hears IPv4 too and shows such a client with its IPv4 address. */
static void ipv4_in_ipv6_is_shown_as_ipv4(void **state)
{
    struct pb_error error = {0};
    char address[PB_ADDRESS_MAX];
    uint16_t port, seen;
    int client = -1;
    (void)state;
    if (!has_ipv6())
        skip();
    int listener = listen_on("::", &port);
    assert_int_equal(pb_net_connect(&client, "127.0.0.1", port, 10, &error), PB_OK);
    int server = accept_from(listener);
    assert_int_equal(pb_net_peer(server, address, &seen), PB_OK);
    assert_string_equal(address, "127.0.0.1");

    /* and a further port at the address of that connection can be reached by IPv4 */
    struct pb_random random;
    int further = -1, second = -1;
    pb_random_system(&random);
    assert_int_equal(pb_net_listen_between(&further, server, 10240, 32767, &random, &port, &error),
                     PB_OK);
    assert_int_equal(pb_net_connect(&second, "127.0.0.1", port, 10, &error), PB_OK);
    close(second);
    close(further);
    close(server);
    close(client);
    close(listener);
}

/* Where nobody listens the sentence says so, with the endpoint, and never the bare word "refused".
 */
static void nobody_listens_is_a_sentence(void **state)
{
    struct pb_error error = {0};
    char expected[64];
    uint16_t port;
    int fd = -1, listener = listen_on("127.0.0.1", &port);
    (void)state;
    close(listener);
    assert_int_equal(pb_net_connect(&fd, "127.0.0.1", port, 10, &error), PB_NOT_FOUND);
    snprintf(expected, sizeof expected, "nobody listens at 127.0.0.1:%u", (unsigned)port);
    assert_string_equal(error.text, expected);
    assert_int_equal(fd, -1);
}

/* Connecting to a free port of the automatic range again and again never meets itself. */
static void never_meets_itself(void **state)
{
    uint16_t port;
    close(listen_on("127.0.0.1", &port));
    (void)state;
    port &= (uint16_t)~1u; /* Linux gives even ports to connect and odd ones to bind */
    for (int i = 0; i < 70000; i++) {
        struct pb_error error = {0};
        int fd = -1;
        assert_int_equal(pb_net_connect(&fd, "127.0.0.1", port, 10, &error), PB_NOT_FOUND);
    }
}

/* A name that cannot exist (RFC 2606) is named in the sentence. */
static void unknown_host_is_a_sentence(void **state)
{
    struct pb_error error = {0};
    int fd = -1;
    (void)state;
    assert_int_equal(pb_net_connect(&fd, "room..invalid", 10101, 10, &error), PB_NOT_FOUND);
    assert_non_null(strstr(error.text, "no such host room..invalid"));
}

/* A listener whose queue is full swallows the next connection: connect gives up at its deadline and
 * not before. */
static void connect_keeps_its_deadline(void **state)
{
    struct pb_error error = {0};
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int fill[8], fd = -1, count = 0, status,
                 listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timespec before, after;
    (void)state;
    assert_int_equal(bind(listener, (void *)&at, size), 0);
    assert_int_equal(listen(listener, 0), 0);
    assert_int_equal(getsockname(listener, (void *)&at, &size), 0);
    do {
        memset(&error, 0, sizeof error);
        clock_gettime(CLOCK_MONOTONIC, &before);
        status = pb_net_connect(&fd, "127.0.0.1", ntohs(at.sin_port), 1, &error);
        clock_gettime(CLOCK_MONOTONIC, &after);
        if (status == PB_OK)
            fill[count++] = fd;
    } while (status == PB_OK && count < 8);
    double took =
        (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9;
    assert_int_equal(status, PB_TIMEOUT);
    assert_non_null(strstr(error.text, "does not answer"));
    assert_true(took > 0.9 && took < 9);
    while (count > 0)
        close(fill[--count]);
    close(listener);
}

/* A taken port is named, and what to do is said. */
static void port_in_use_is_a_sentence(void **state)
{
    struct pb_error error = {0};
    char expected[160];
    uint16_t port;
    int fd = -1, listener = listen_on("127.0.0.1", &port);
    (void)state;
    assert_int_equal(pb_net_listen(&fd, "127.0.0.1", &port, 8, &error), PB_SYSTEM);
    snprintf(expected, sizeof expected,
             "port %u of 127.0.0.1 is in use by another program: choose another with --port, or "
             "--port 0 for a free one",
             (unsigned)port);
    assert_string_equal(error.text, expected);
    close(listener);
}

/* An address of some other machine is named with the option that chooses it. */
static void foreign_address_is_a_sentence(void **state)
{
    struct pb_error error = {0};
    uint16_t port = 0;
    int fd = -1;
    (void)state;
    assert_int_equal(pb_net_listen(&fd, "192.0.2.1", &port, 8, &error), PB_SYSTEM); /* RFC 5737 */
    assert_non_null(strstr(error.text, "192.0.2.1 is not an address of this machine"));
    assert_non_null(strstr(error.text, "--listen"));
}

/* A port below 1024 without the privilege: skipped where this user has it. */
static void privileged_port_is_a_sentence(void **state)
{
    struct pb_error error = {0};
    uint16_t port = 1;
    int fd = -1;
    (void)state;
    int status = pb_net_listen(&fd, "127.0.0.1", &port, 8, &error);
    if (status == PB_OK) {
        close(fd);
        skip();
    }
    assert_int_equal(status, PB_SYSTEM);
    assert_non_null(strstr(error.text, "port 1 "));
    assert_non_null(strstr(error.text, "--port"));
}

/* A restarted server has its port again at once, although connections of the old one still fade. */
static void port_is_free_after_a_restart(void **state)
{
    struct pb_error error = {0};
    uint16_t port;
    int client = -1, listener = listen_on("127.0.0.1", &port);
    (void)state;
    assert_int_equal(pb_net_connect(&client, "127.0.0.1", port, 10, &error), PB_OK);
    int server = accept_from(listener);
    close(server); /* first: TIME_WAIT is here */
    close(client);
    close(listener);
    assert_int_equal(pb_net_listen(&listener, "127.0.0.1", &port, 8, &error), PB_OK);
    close(listener);
}

/* Nobody there: PB_AGAIN, at once and without an error. */
static void accept_does_not_wait(void **state)
{
    struct pb_error error = {0};
    uint16_t port;
    int fd = -1, listener = listen_on("127.0.0.1", &port);
    (void)state;
    assert_int_equal(pb_net_accept(&fd, listener, &error), PB_AGAIN);
    assert_int_equal(error.status, PB_OK);
    close(listener);
    assert_int_equal(pb_net_accept(&fd, listener, &error), PB_SYSTEM);
}

/* An address of this machine that no other program is likely to use: what is free there stays free.
 */
#define QUIET "127.5.77.3"

struct pair {
    int client, server, listener;
};

static struct pair connected(const char *host)
{
    struct pb_error error = {0};
    struct pair pair;
    uint16_t port;
    pair.listener = listen_on(host, &port);
    assert_int_equal(pb_net_connect(&pair.client, host, port, 10, &error), PB_OK);
    pair.server = accept_from(pair.listener);
    return pair;
}

static void close_pair(struct pair pair)
{
    close(pair.client);
    close(pair.server);
    close(pair.listener);
}

/* Draws stay in the range, at the address of the connection, and can be connected to. */
static void between_stays_in_its_range(void **state)
{
    struct pb_error error = {0};
    struct pb_random random;
    struct pair pair = connected("127.0.0.1");
    (void)state;
    pb_random_system(&random);
    for (int i = 0; i < 50; i++) {
        char address[PB_ADDRESS_MAX];
        uint16_t port = 0, seen;
        int listener = -1, fd = -1;
        assert_int_equal(
            pb_net_listen_between(&listener, pair.server, 20000, 21000, &random, &port, &error),
            PB_OK);
        assert_in_range(port, 20000, 21000);
        assert_int_equal(pb_net_local(listener, address, &seen), PB_OK);
        assert_int_equal(seen, port);
        assert_string_equal(address, "127.0.0.1");
        assert_int_equal(pb_net_connect(&fd, address, port, 10, &error), PB_OK);
        close(fd);
        close(listener);
    }
    close_pair(pair);
}

/* With --seed the ports are the same again. */
static void between_is_a_function_of_the_seed(void **state)
{
    struct pb_error error = {0};
    struct pair pair = connected("127.0.0.1");
    uint16_t ports[2] = {0};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct pb_random random;
        int listener = -1;
        pb_random_seed(&random, 42, "port", 1, 0);
        assert_int_equal(
            pb_net_listen_between(&listener, pair.server, 10240, 32767, &random, &ports[i], &error),
            PB_OK);
        close(listener);
    }
    assert_int_equal(ports[0], ports[1]);
    close_pair(pair);
}

/* A small range is used to its last port; then the sentence names the range. */
static void between_finds_the_last_free_port(void **state)
{
    struct pb_error error = {0};
    struct pb_random random;
    struct pair pair = connected(QUIET);
    int taken[8], count = 0, fd = -1, status;
    uint16_t low = 23400, high = 23407, port;
    char expected[64];
    (void)state;
    pb_random_system(&random);
    while ((status = pb_net_listen_between(&fd, pair.server, low, high, &random, &port, &error)) ==
           PB_OK) {
        assert_true(count < 8);
        taken[count++] = fd;
    }
    assert_int_equal(status, PB_NOT_FOUND);
    snprintf(expected, sizeof expected, "no free port from %u to %u", (unsigned)low,
             (unsigned)high);
    assert_string_equal(error.text, expected);
    assert_int_equal(count, 8);

    uint16_t freed, again = 0;
    char address[PB_ADDRESS_MAX];
    assert_int_equal(pb_net_local(taken[0], address, &freed), PB_OK);
    close(taken[0]);
    memset(&error, 0, sizeof error);
    assert_int_equal(
        pb_net_listen_between(&taken[0], pair.server, low, high, &random, &again, &error), PB_OK);
    assert_int_equal(again, freed);
    while (count > 0)
        close(taken[--count]);
    close_pair(pair);
}

/* A port that another program has bound but not yet listens on is drawn again as well: there the
 * error comes from listen or from bind, as its SO_REUSEADDR decides. */
static void between_draws_again_after_listen(void **state)
{
    struct pb_error error = {0};
    struct pb_random random;
    struct pair pair = connected(QUIET);
    uint16_t port = 0, low, bound;
    char address[PB_ADDRESS_MAX];
    int first = -1, racer = -1, second = -1, one = 1;
    (void)state;
    pb_random_system(&random);
    assert_int_equal(
        pb_net_listen_between(&first, pair.server, 24000, 24100, &random, &low, &error), PB_OK);

    /* the racer binds the port with SO_REUSEADDR while it is free, then we listen, then it listens:
     * its listen fails */
    close(first);
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_addr.s_addr = inet_addr(QUIET), .sin_port = htons(low)};
    racer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(setsockopt(racer, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one), 0);
    assert_int_equal(bind(racer, (void *)&at, sizeof at), 0);
    assert_int_equal(pb_net_listen_between(&second, pair.server, low, low, &random, &port, &error),
                     PB_OK);
    assert_int_equal(listen(racer, 1), -1);
    assert_int_equal(errno, EADDRINUSE);
    close(second);

    /* the racer listens first: the only port of the range is taken */
    assert_int_equal(listen(racer, 1), 0);
    assert_int_equal(pb_net_listen_between(&second, pair.server, low, low, &random, &port, &error),
                     PB_NOT_FOUND);
    memset(&error, 0, sizeof error);
    assert_int_equal(pb_net_listen_between(&second, pair.server, low, (uint16_t)(low + 1), &random,
                                           &port, &error),
                     PB_OK);
    assert_int_equal(pb_net_local(second, address, &bound), PB_OK);
    assert_int_equal(bound, low + 1);
    close(second);
    close(racer);
    close_pair(pair);
}

/* Port 0 and a range the wrong way round are wrong usage: the kernel's automatic ports are never
 * taken. */
static void between_refuses_no_range(void **state)
{
    struct pb_random random;
    struct pair pair = connected("127.0.0.1");
    int fd = -1;
    uint16_t port;
    (void)state;
    pb_random_system(&random);
    struct pb_error error = {0};
    assert_int_equal(pb_net_listen_between(&fd, pair.server, 0, 10, &random, &port, &error),
                     PB_USAGE);
    memset(&error, 0, sizeof error);
    assert_int_equal(pb_net_listen_between(&fd, pair.server, 30, 20, &random, &port, &error),
                     PB_USAGE);
    assert_non_null(strstr(error.text, "30-20"));
    close_pair(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(split_takes_every_form),
        cmocka_unit_test(split_refuses_nonsense),
        cmocka_unit_test(split_takes_the_longest_host),
        cmocka_unit_test(join_is_the_reverse_of_split),
        cmocka_unit_test(ipv4_connects),
        cmocka_unit_test(ipv6_connects),
        cmocka_unit_test(ipv4_in_ipv6_is_shown_as_ipv4),
        cmocka_unit_test(nobody_listens_is_a_sentence),
        cmocka_unit_test(never_meets_itself),
        cmocka_unit_test(unknown_host_is_a_sentence),
        cmocka_unit_test(connect_keeps_its_deadline),
        cmocka_unit_test(port_in_use_is_a_sentence),
        cmocka_unit_test(foreign_address_is_a_sentence),
        cmocka_unit_test(privileged_port_is_a_sentence),
        cmocka_unit_test(port_is_free_after_a_restart),
        cmocka_unit_test(accept_does_not_wait),
        cmocka_unit_test(between_stays_in_its_range),
        cmocka_unit_test(between_is_a_function_of_the_seed),
        cmocka_unit_test(between_finds_the_last_free_port),
        cmocka_unit_test(between_draws_again_after_listen),
        cmocka_unit_test(between_refuses_no_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
