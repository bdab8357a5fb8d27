/* apps/server/confine.c and filter.c against the kernel: what a plugin might try is tried in a
 * child that is confined. */
#include "server/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct pb_confine confine;
static int listener; /* on loopback, for those who connect */
static struct sockaddr_in address;
static int secret; /* a descriptor that a session has no business with */

/* ---- attempts: true if it was possible ---- */

static bool open_file(void)
{
    return open("/etc/passwd", O_RDONLY) >= 0;
}
static bool open_library(void)
{
    return open("/usr/lib", O_RDONLY | O_DIRECTORY) >= 0;
}
static bool make_file(void)
{
    return open("/tmp", O_TMPFILE | O_WRONLY, 0600) >= 0;
}
static bool read_secret(void)
{
    return fcntl(secret, F_GETFD) >= 0;
}
static bool fork_off(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    return child > 0;
}
static bool clone_thread(void)
{
    return syscall(SYS_clone3, NULL, 0) < 0 && errno != EPERM;
}
static bool execute(void)
{
    return execl("/nowhere", "nowhere", NULL) < 0 && errno != EPERM && errno != EACCES;
}
static bool connect_out(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
}
static bool connect_by_sending(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return sendto(fd, "x", 1, MSG_FASTOPEN, (const struct sockaddr *)&address, sizeof address) >=
               0 ||
           errno != EPERM;
}
static bool connect_by_message(void)
{
    struct sockaddr_in to = address;
    struct iovec part = {.iov_base = &to, .iov_len = 1};
    struct msghdr message = {
        .msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &part, .msg_iovlen = 1};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return sendmsg(fd, &message, MSG_FASTOPEN) >= 0 || errno != EPERM;
}
static bool datagram(void)
{
    return socket(AF_INET, SOCK_DGRAM, 0) >= 0;
}
static bool unix_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
}
static bool signal_parent(void)
{
    return kill(getppid(), 0) == 0;
}
static bool signal_thread_of_parent(void)
{
    return syscall(SYS_tgkill, getppid(), getppid(), 0) == 0;
}
static bool trace_parent(void)
{
    return ptrace(PTRACE_SEIZE, getppid(), 0, 0) == 0;
}
static bool limit_parent(void)
{
    struct rlimit limit;
    return syscall(SYS_prlimit64, getppid(), RLIMIT_NOFILE, NULL, &limit) == 0;
}
static bool read_parent(void)
{
    int copy = 0;
    struct iovec here = {&copy, sizeof copy}, there = {&listener, sizeof listener};
    return process_vm_readv(getppid(), &here, 1, &there, 1, 0) == (ssize_t)sizeof copy;
}
static bool outlive_parent(void)
{
    return prctl(PR_SET_PDEATHSIG, 0) == 0;
}
static bool new_code(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
           MAP_FAILED;
}
static bool turn_into_code(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0;
}
static bool own_a_signal(void)
{
    return fcntl(STDIN_FILENO, F_SETOWN, getppid()) == 0 || errno != EPERM;
}
static bool much_memory(void)
{
    return mmap(NULL, 1u << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
           MAP_FAILED;
}
static bool ring(void)
{
    return syscall(SYS_io_uring_setup, 1, NULL) < 0 && errno != EPERM;
}

/* What a session does need. */
static bool listen_and_accept(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof any;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    struct pollfd wanted = {.fd = fd, .events = POLLIN};
    return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
           bind(fd, (struct sockaddr *)&any, size) == 0 && listen(fd, 4) == 0 &&
           getsockname(fd, (struct sockaddr *)&any, &size) == 0 && poll(&wanted, 1, 0) == 0 &&
           accept4(fd, NULL, NULL, SOCK_CLOEXEC) < 0 && errno == EAGAIN;
}
static bool take_memory(void)
{
    char *piece = malloc(8 << 20);
    bool taken = piece && memset(piece, 1, 8 << 20);
    free(piece);
    return taken;
}

/* ---- running them ---- */

enum where { OUTSIDE, LOADING, RUNNING };

static bool possible(bool (*attempt)(void), enum where where)
{
    int status;
    struct pb_error error = {0};
    pid_t child = fork();
    if (child == 0) {
        if (where >= LOADING && pb_confine_enter(&confine, NULL, 0, &error) != PB_OK)
            _exit(2);
        if (where >= RUNNING && pb_confine_finish(&confine, &error) != PB_OK)
            _exit(2);
        _exit(attempt() ? 1 : 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_in_range(WEXITSTATUS(status), 0, 1);
    return WEXITSTATUS(status) == 1;
}

static int set_up(void **state)
{
    const char *plugins[] = {TEST_CIPHERS "/none.so"};
    struct pb_error error = {0};
    socklen_t size = sizeof address;
    (void)state;
    address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    listener = socket(AF_INET, SOCK_STREAM, 0);
    secret = open("/dev/null", O_RDONLY);
    pb_confine_init(&confine);
    return bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 64) != 0 ||
           getsockname(listener, (struct sockaddr *)&address, &size) != 0 || secret < 0 ||
           pb_confine_prepare(&confine, plugins, 1, NULL, &(struct pb_confine_grants){0}, &error) != PB_OK;
}

static int tear_down(void **state)
{
    (void)state;
    pb_confine_free(&confine);
    close(listener);
    close(secret);
    return 0;
}

static void need_both(void)
{
    if (!confine.filters[PB_CONFINE_RUNNING].code || confine.rules[PB_CONFINE_RUNNING] < 0)
        skip(); /* the server has said at start what is missing */
}

/* Nothing that a plugin might try is possible once verbs are called, and all of it is possible
 * outside (so that the attempt is a real one). */
static void forbidden_while_running(void **state)
{
    static const struct {
        const char *name;
        bool (*attempt)(void);
    } table[] = {
#define T(name) {#name, name}
        T(open_file),
        T(open_library),
        T(make_file),
        T(read_secret),
        T(fork_off),
        T(clone_thread),
        T(execute),
        T(connect_out),
        T(connect_by_sending),
        T(connect_by_message),
        T(datagram),
        T(unix_socket),
        T(signal_parent),
        T(signal_thread_of_parent),
        T(limit_parent),
        T(read_parent),
        T(outlive_parent),
        T(new_code),
        T(turn_into_code),
        T(own_a_signal),
        T(much_memory),
        T(ring),
#undef T
    };
    (void)state;
    need_both();
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        /* Some systems forbid these two to everybody. */
        bool rare = table[i].attempt == read_parent || table[i].attempt == ring;
        if (possible(table[i].attempt, RUNNING))
            fail_msg("%s is possible in a session", table[i].name);
        if (!rare && !possible(table[i].attempt, OUTSIDE))
            fail_msg("%s is not possible outside either: the test tests nothing", table[i].name);
    }
}

/* While a plugin is loaded, its constructors reach libraries, but no other file, no network and no
 * process. */
static void forbidden_while_loading(void **state)
{
    (void)state;
    need_both();
    assert_true(possible(open_library, LOADING));
    assert_true(possible(new_code, LOADING));
    assert_false(possible(open_file, LOADING));
    assert_false(possible(make_file, LOADING));
    assert_false(possible(read_secret, LOADING));
    assert_false(possible(connect_out, LOADING));
    assert_false(possible(connect_by_sending, LOADING));
    assert_false(possible(datagram, LOADING));
    assert_false(possible(fork_off, LOADING));
    assert_false(possible(execute, LOADING));
    assert_false(possible(signal_parent, LOADING));
    assert_false(possible(outlive_parent, LOADING));
}

/* No parent can be traced, in either stage. (Outside it may be forbidden as well: the system
 * decides.) */
static void nobody_is_traced(void **state)
{
    (void)state;
    need_both();
    assert_false(possible(trace_parent, LOADING));
    assert_false(possible(trace_parent, RUNNING));
}

/* What a session needs is left to it: a new port, and memory. */
static void allowed_while_running(void **state)
{
    (void)state;
    assert_true(possible(listen_and_accept, RUNNING));
    assert_true(possible(take_memory, RUNNING));
}

/* abort() in a plugin is seen as SIGABRT: the filter lets a process signal itself, whatever its
 * number. */
static void abort_is_told(void **state)
{
    int status;
    struct pb_error error = {0};
    (void)state;
    for (int i = 0; i < 2; i++) { /* the second child has another number than the first */
        pid_t child = fork();
        if (child == 0) {
            if (pb_confine_enter(&confine, NULL, 0, &error) != PB_OK ||
                pb_confine_finish(&confine, &error) != PB_OK)
                _exit(2);
            abort();
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGABRT);
    }
}

/* The descriptors that are named stay open, whatever their order, and no others. */
static void descriptors_are_kept(void **state)
{
    struct pb_error error = {0};
    int status, ends[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        const int keep[] = {ends[1], -1, ends[0]};
        if (pb_confine_enter(&confine, keep, 3, &error) != PB_OK)
            _exit(2);
        _exit(fcntl(ends[0], F_GETFD) < 0 || fcntl(ends[1], F_GETFD) < 0 ||
              fcntl(STDERR_FILENO, F_GETFD) < 0 || fcntl(secret, F_GETFD) >= 0 ||
              fcntl(listener, F_GETFD) >= 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forbidden_while_running), cmocka_unit_test(forbidden_while_loading),
        cmocka_unit_test(nobody_is_traced),        cmocka_unit_test(allowed_while_running),
        cmocka_unit_test(abort_is_told),           cmocka_unit_test(descriptors_are_kept),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
