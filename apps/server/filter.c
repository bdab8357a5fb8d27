/* The filters of system calls. Written down by libseccomp as BPF programs once, in the listener;
 * every session loads them. The second is put on above the first: a call must pass both.
 *
 * What is not listed fails with EPERM: execve, fork, clone, ptrace, kill, connect, open, io_uring,
 * prctl, prlimit and whatever the next kernel brings. What is listed with a condition is listed so
 * for a reason that stands beside it. */
#include "confine.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef PB_HAVE_SECCOMP

int pb_filter_compile(struct pb_filter *filter, enum pb_confine_stage stage,
                      const struct pb_confine_grants *grants, struct pb_error *error)
{
    (void)filter;
    (void)stage;
    (void)grants;
    return pb_status_fail(error, PB_NOT_FOUND, "built without libseccomp");
}

#else

#include <fcntl.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>

/* Stands in the program where the process's own number belongs; no process has it (PID_MAX_LIMIT is
 * 4194304). */
#define OWN_PROCESS 0x50c0ffeeu

#define CALL(name) SCMP_SYS(name)

/* clang-format off */
static const int always[] = {
    CALL(read), CALL(readv), CALL(write), CALL(writev), CALL(recvfrom), CALL(recvmsg),
    CALL(shutdown), CALL(close), CALL(poll), CALL(ppoll), CALL(bind), CALL(listen),
    CALL(accept), CALL(accept4), CALL(setsockopt), CALL(getsockopt), CALL(getsockname),
    CALL(getpeername), CALL(brk), CALL(munmap), CALL(mremap), CALL(madvise), CALL(futex),
    CALL(sched_yield), CALL(getrandom), CALL(clock_gettime), CALL(clock_getres),
    CALL(gettimeofday), CALL(time), CALL(nanosleep), CALL(clock_nanosleep),
    CALL(restart_syscall), CALL(rt_sigaction), CALL(rt_sigprocmask), CALL(rt_sigreturn),
    CALL(sigaltstack), CALL(getpid), CALL(gettid), CALL(getppid), CALL(getuid), CALL(geteuid),
    CALL(getgid), CALL(getegid), CALL(sysinfo), CALL(fstat), CALL(exit),
    CALL(exit_group),
};

/* Only while the plugin is loaded: what ld.so needs (Landlock says which files), and what the next
 * stage is put on with. */
static const int while_loading[] = {
    CALL(open), CALL(openat), CALL(stat), CALL(lstat), CALL(newfstatat), CALL(access),
    CALL(pread64), CALL(readlink), CALL(getcwd), CALL(mmap), CALL(mprotect), CALL(close_range),
    CALL(landlock_restrict_self), CALL(seccomp),
};

/* For a service with a folder; Landlock says which files. */
static const int with_files[] = {
    CALL(lseek),
    CALL(open), CALL(openat), CALL(openat2), CALL(stat), CALL(lstat), CALL(newfstatat), CALL(statx),
    CALL(statfs), CALL(fstatfs), CALL(access), CALL(faccessat), CALL(faccessat2),
    CALL(getdents64), CALL(readlink), CALL(readlinkat), CALL(pread64), CALL(pwrite64),
    CALL(ftruncate), CALL(fallocate), CALL(fsync), CALL(fdatasync), CALL(unlink),
    CALL(unlinkat), CALL(rename), CALL(renameat), CALL(renameat2), CALL(mkdir), CALL(mkdirat),
    CALL(rmdir), CALL(utimensat), CALL(fchmod), CALL(umask), CALL(getcwd), CALL(chdir),
    CALL(fchdir), CALL(dup), CALL(flock), CALL(sendfile), CALL(copy_file_range),
};

/* clang-format on */

#define IS(value)     SCMP_CMP_EQ, (value), 0
#define WITHOUT(bits) SCMP_CMP_MASKED_EQ, (bits), 0

static const struct {
    int call;
    unsigned count;
    struct scmp_arg_cmp when[3];
} conditions[] = {
    /* No new code. */
    {CALL(mmap), 1, {{2, WITHOUT(PROT_EXEC)}}},
    {CALL(mprotect), 1, {{2, WITHOUT(PROT_EXEC)}}},
    /* TCP only, to listen: a datagram needs no connect. */
    {CALL(socket), 3, {{0, IS(AF_INET)}, {1, SCMP_CMP_MASKED_EQ, 0xf, SOCK_STREAM}, {2, IS(0)}}},
    {CALL(socket),
     3,
     {{0, IS(AF_INET)}, {1, SCMP_CMP_MASKED_EQ, 0xf, SOCK_STREAM}, {2, IS(IPPROTO_TCP)}}},
    {CALL(socket), 3, {{0, IS(AF_INET6)}, {1, SCMP_CMP_MASKED_EQ, 0xf, SOCK_STREAM}, {2, IS(0)}}},
    {CALL(socket),
     3,
     {{0, IS(AF_INET6)}, {1, SCMP_CMP_MASKED_EQ, 0xf, SOCK_STREAM}, {2, IS(IPPROTO_TCP)}}},
    /* MSG_FASTOPEN connects while it sends. */
    {CALL(sendto), 2, {{3, WITHOUT(MSG_FASTOPEN)}, {4, IS(0)}}},
    {CALL(sendmsg), 1, {{2, WITHOUT(MSG_FASTOPEN)}}},
    /* Others, F_SETOWN and F_SETSIG among them, send signals to whom they like. */
    {CALL(fcntl), 1, {{1, IS(F_GETFL)}}},
    {CALL(fcntl), 1, {{1, IS(F_GETFD)}}},
    {CALL(fcntl), 1, {{1, IS(F_SETFD)}}},
    /* abort() only of oneself. */
    {CALL(tgkill), 1, {{0, IS(OWN_PROCESS)}}},
};

static int allow(scmp_filter_ctx rules, const int *calls, size_t count)
{
    int result = 0;
    for (size_t i = 0; result >= 0 && i < count; i++)
        result = seccomp_rule_add(rules, SCMP_ACT_ALLOW, calls[i], 0);
    return result;
}

#define ALLOW(rules, calls) allow(rules, calls, sizeof calls / sizeof *calls)

static int write_down(scmp_filter_ctx rules, enum pb_confine_stage stage,
                      const struct pb_confine_grants *grants)
{
    int result =
        seccomp_attr_set(rules, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree: fewer steps a call */
    if (result >= 0)
        result = ALLOW(rules, always);
    if (result >= 0 && stage == PB_CONFINE_LOADING)
        result = ALLOW(rules, while_loading);
    if (result >= 0 && grants->folder)
        result = ALLOW(rules, with_files);
    if (result >= 0 && grants->connects)
        result = seccomp_rule_add(rules, SCMP_ACT_ALLOW, CALL(connect), 0);
    for (size_t i = 0; result >= 0 && i < sizeof conditions / sizeof *conditions; i++)
        result = seccomp_rule_add_array(rules, SCMP_ACT_ALLOW, conditions[i].call,
                                        conditions[i].count, conditions[i].when);
    return result;
}

int pb_filter_compile(struct pb_filter *filter, enum pb_confine_stage stage,
                      const struct pb_confine_grants *grants, struct pb_error *error)
{
    int result = PB_SYSTEM, fd = -1, why = ENOMEM;
    scmp_filter_ctx rules = NULL;
    off_t size = 0;

    /* A filter that lies at address 0 is refused with EFAULT by a kernel that has filters. */
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) == 0 || errno != EFAULT)
        return pb_status_fail(error, PB_NOT_FOUND, "this kernel has no seccomp filters");
    rules = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!rules || (why = -write_down(rules, stage, grants)) > 0)
        goto out;
    fd = memfd_create("filter", MFD_CLOEXEC);
    if (fd < 0 || (why = -seccomp_export_bpf(rules, fd)) > 0 ||
        (size = lseek(fd, 0, SEEK_END)) <= 0)
        goto out;
    filter->code = malloc((size_t)size);
    if (!filter->code || pread(fd, filter->code, (size_t)size, 0) != size)
        goto out;
    filter->size = (unsigned short)((size_t)size / sizeof *filter->code);
    result = PB_OK;
out:
    if (result != PB_OK)
        pb_status_fail(error, result, "the filter of system calls cannot be compiled: %s",
                       strerror(why));
    if (fd >= 0)
        close(fd);
    if (rules)
        seccomp_release(rules);
    return result;
}

#endif

int pb_filter_load(const struct pb_filter *filter, struct pb_error *error)
{
#ifdef PB_HAVE_SECCOMP
    for (size_t i = 0; i < filter->size; i++)
        if (filter->code[i].code == (BPF_JMP | BPF_JEQ | BPF_K) && filter->code[i].k == OWN_PROCESS)
            filter->code[i].k = (uint32_t)getpid();
#endif
    struct sock_fprog program = {.len = filter->size, .filter = filter->code};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
        return pb_status_fail(error, PB_SYSTEM, "the filter of system calls: %s", strerror(errno));
    return PB_OK;
}
