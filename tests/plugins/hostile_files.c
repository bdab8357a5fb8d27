/* Tries to reach what is none of a cipher's business. The report that comes back with the echo is
 *     files:no keys:no connect:no exec:no kill:no fork:no maps:no parent:no write:no flags:no seek:no
 * with the phases in which something succeeded instead of "no": "files:load,start,open". The
 * attempts:
 *     files    open /etc/passwd
 *     keys     open $PLUGBOARD_TEST_KEYS
 *     connect  a TCP connection to 127.0.0.1 (port 9: refused is reached)
 *     exec     run /bin/true in a second process; where there is none, in this one: if that
 *              succeeds, no echo comes at all
 *     kill     send signal 0 to the parent
 *     fork     make a second process
 *     maps     read /proc/self/maps
 *     parent   open the parent's memory
 *     write    make a file in /tmp (removed at once)
 *     flags    set the flags of a descriptor, which the listener may share (to what they are)
 *     seek     move the position of the log, which the listener shares (by nothing)
 * The last four are not tried while loading, because the client loads this plugin too, unconfined. */
#define _GNU_SOURCE
#include "hostile.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum attempt { FILES, KEYS, CONNECT, EXEC, KILL, FORK, MAPS, PARENT, WRITE, FLAGS, SEEK, ATTEMPTS };
static const char *const words[ATTEMPTS] = {"files", "keys", "connect", "exec", "kill",
                                            "fork",  "maps", "parent",  "write", "flags", "seek"};
static char succeeded[ATTEMPTS][32]; /* in which phases */

static void note(enum attempt attempt, const char *phase, int success)
{
    char *phases = succeeded[attempt];
    if (!success || strstr(phases, phase))
        return;
    if (*phases)
        strcat(phases, ",");
    strcat(phases, phase);
}

static int can_read(const char *file)
{
    char byte;
    int fd = file ? open(file, O_RDONLY | O_CLOEXEC) : -1;
    int success = fd >= 0 && read(fd, &byte, 1) == 1;
    if (fd >= 0)
        close(fd);
    return success;
}

static int can_open(const char *file)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static int can_connect(void)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int success = fd >= 0 && (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 ||
                              errno == ECONNREFUSED);
    if (fd >= 0)
        close(fd);
    return success;
}

static int can_write(void)
{
    char file[64];
    snprintf(file, sizeof file, "/tmp/plugboard-hostile-%ld", (long)getpid());
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0) {
        close(fd);
        unlink(file);
    }
    return fd >= 0;
}

static int can_set_flags(void)
{
    for (int fd = 0; fd < 64; fd++) {
        int flags = fcntl(fd, F_GETFL);
        if (flags >= 0 && fcntl(fd, F_SETFL, flags) == 0)
            return 1;
    }
    return 0;
}

static int can_seek(void)
{
    return lseek(STDERR_FILENO, 0, SEEK_CUR) >= 0 || errno == ESPIPE; /* a pipe has no position: but it was asked */
}

static void try_processes(const char *phase)
{
    static char program[] = "/bin/true";
    char *const arguments[] = {program, NULL};
    int status = 0;
    pid_t child = fork();
    if (child < 0) {
        execv(program, arguments);
        return; /* still here: it did not succeed */
    }
    if (child == 0) {
        execv(program, arguments);
        _exit(1);
    }
    note(FORK, phase, 1);
    note(EXEC, phase, waitpid(child, &status, 0) == child && status == 0);
}

static void hostile_act(const char *phase)
{
    char memory[64];
    pid_t parent = getppid();
    snprintf(memory, sizeof memory, "/proc/%ld/mem", (long)parent);
    note(FILES, phase, can_read("/etc/passwd"));
    note(KEYS, phase, can_read(getenv("PLUGBOARD_TEST_KEYS")));
    note(CONNECT, phase, can_connect());
    note(KILL, phase, parent > 1 && kill(parent, 0) == 0);
    note(MAPS, phase, can_read("/proc/self/maps"));
    note(PARENT, phase, parent > 1 && can_open(memory));
    if (strcmp(phase, "load") != 0) {
        note(WRITE, phase, can_write());
        note(FLAGS, phase, can_set_flags());
        note(SEEK, phase, can_seek());
        try_processes(phase);
    }
}

static void hostile_report(char *text, size_t size)
{
    size_t used = 0;
    text[0] = 0;
    for (int i = 0; i < ATTEMPTS && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s:%s", i ? " " : "", words[i],
                                 *succeeded[i] ? succeeded[i] : "no");
}

__attribute__((constructor)) static void load(void)
{
    hostile_act("load");
}

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,    .name = "hostile_files", IDENTITY_TEXT("reaches for files"),
    HOSTILE_NUMBERS, HOSTILE_VERBS,
};
