/* The fault handler: what a crash inside a verb says and returns, and that other crashes stay what
 * they were. */
#include "fault.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct scene {
    uint32_t verb;     /* under way when it happens */
    int signal_number; /* to be raised; 0: run out of stack */
    int guarded;       /* 0: the guard was taken off again */
    int exits;         /* exit(0) instead of a signal */
    int hangs;         /* does not come back */
};

static int dig(volatile char *above);
static int (*volatile deeper)(volatile char *) = dig;

/* Needs more stack at every turn, in a way that no compiler can straighten. */
static int dig(volatile char *above)
{
    volatile char hole[4096];
    hole[0] = above ? above[0] : 0;
    return deeper(hole) + hole[0];
}

static void play(const struct scene *scene)
{
    static struct pb_progress progress;
    const struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    for (int number = 1; number < 32; number++)
        signal(number, SIG_DFL); /* cmocka's own handlers, and a sanitizer's */
    pb_fault_guard(&progress, "other", "/elsewhere.so");
    pb_fault_guard(&progress, "caesar", "./caesar.so");
    if (!scene->guarded)
        pb_fault_guard(NULL, NULL, NULL);
    progress.verb = scene->verb;
    if (scene->exits)
        exit(0);
    if (scene->hangs)
        for (;;)
            pause();
    if (scene->signal_number)
        raise(scene->signal_number);
    else
        dig(NULL);
    _exit(77);
}

/* Plays the scene in a process of its own; returns its wait status and what it wrote. */
static int watch(const struct scene *scene, char *said, size_t size)
{
    int ends[2], status;
    size_t used = 0;
    ssize_t got;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        play(scene);
    }
    close(ends[1]);
    while (used + 1 < size && (got = read(ends[0], said + used, size - used - 1)) > 0)
        used += (size_t)got;
    said[used] = 0;
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

/* Each signal of a crash within a verb: one line that names cipher, verb, signal and file; exit
 * code 4. */
static void names_cipher_and_verb(void **state)
{
    static const struct {
        int number;
        const char *name;
    } signals[] = {{SIGSEGV, "SIGSEGV"},
                   {SIGBUS, "SIGBUS"},
                   {SIGFPE, "SIGFPE"},
                   {SIGILL, "SIGILL"},
                   {SIGABRT, "SIGABRT"}};
    (void)state;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        char said[512], expected[512];
        int status = watch(&(struct scene){PB_VERB_open, signals[i].number, 1, 0, 0}, said, sizeof said);
        snprintf(expected, sizeof expected,
                 "the cipher caesar crashed in open (%s): plugboard check ./caesar.so\n",
                 signals[i].name);
        assert_string_equal(said, expected);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 4);
        assert_string_equal(pb_fault_signal_name(signals[i].number), signals[i].name);
    }
}

/* A plugin that ran out of stack is named as well: the handler has a stack of its own. */
static void survives_the_end_of_the_stack(void **state)
{
    char said[4096];
    (void)state;
    int status = watch(&(struct scene){PB_VERB_seal, 0, 1, 0, 0}, said, sizeof said);
    assert_string_equal(
        said, "the cipher caesar crashed in seal (SIGSEGV): plugboard check ./caesar.so\n");
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 4);
}

/* A crash of the program itself, outside of every verb, is not blamed on the cipher: the signal
 * does what it always did. */
static void leaves_other_crashes_alone(void **state)
{
    static const int signals[] = {SIGSEGV, SIGABRT, SIGFPE};
    (void)state;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        char said[512];
        int status = watch(&(struct scene){PB_VERB_none, signals[i], 1, 0, 0}, said, sizeof said);
        assert_string_equal(said, "");
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), signals[i]);
    }
}

/* After the guard is taken off, verbs are not watched any more. */
static void can_be_taken_off(void **state)
{
    char said[512];
    (void)state;
    int status = watch(&(struct scene){PB_VERB_open, SIGSEGV, 0, 0, 0}, said, sizeof said);
    assert_string_equal(said, "");
    assert_true(WIFSIGNALED(status));
}

/* A verb that calls exit() does not make the program succeed: a line, and exit code 4. Outside of a verb exit is exit. */
static void exit_in_a_verb(void **state)
{
    (void)state;
    char said[512];
    int status = watch(&(struct scene){.verb = PB_VERB_keygen, .guarded = 1, .exits = 1}, said, sizeof said);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 4);
    assert_string_equal(said, "the cipher caesar called exit in keygen: plugboard check ./caesar.so\n");
    status = watch(&(struct scene){.verb = PB_VERB_none, .guarded = 1, .exits = 1}, said, sizeof said);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_string_equal(said, "");
}

/* A verb that does not come back is given up, with the same line and code. */
static void hang_in_a_verb(void **state)
{
    (void)state;
    char said[512];
    setenv("PLUGBOARD_HANG_SECONDS", "1", 1);
    int status = watch(&(struct scene){.verb = PB_VERB_open, .guarded = 1, .hangs = 1}, said, sizeof said);
    unsetenv("PLUGBOARD_HANG_SECONDS");
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 4);
    assert_string_equal(said, "the cipher caesar hung in open for 1 seconds: plugboard check ./caesar.so\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exit_in_a_verb),  cmocka_unit_test(hang_in_a_verb),
        cmocka_unit_test(names_cipher_and_verb),
        cmocka_unit_test(survives_the_end_of_the_stack),
        cmocka_unit_test(leaves_other_crashes_alone),
        cmocka_unit_test(can_be_taken_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
