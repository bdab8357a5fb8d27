/* Files written anew: the old one or the new one, whole, whatever happens meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "folder.h"
#include "rewrite.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>

static int write_file(const char *name, const char *text, struct pb_error *error)
{
    struct pb_rewrite rewrite;
    char path[PATH_MAX];
    strcpy(path, path_of(name));
    int result = pb_rewrite_lock(&rewrite, path, PB_REWRITE_SECONDS, error);
    if (result == PB_OK)
        result = pb_rewrite_put(&rewrite, rewrite.name, path, text, strlen(text), error);
    pb_rewrite_unlock(&rewrite);
    return result;
}

/* True if somebody else could lock the folder now. */
static bool is_free(const char *of)
{
    int fd = open(of, O_RDONLY | O_DIRECTORY);
    assert_true(fd >= 0);
    bool locked = flock(fd, LOCK_EX | LOCK_NB) == 0;
    close(fd);
    return locked;
}

/* A new file is its owner's alone, whatever the umask; an existing one keeps its mode. No other
 * file stays behind. */
static void test_modes(void **state)
{
    (void)state;
    struct stat status;
    mode_t mask = umask(0);
    assert_int_equal(write_file("a.csv", "one\n", NULL), PB_OK);
    assert_string_equal(get("a.csv"), "one\n");
    assert_int_equal(stat(path_of("a.csv"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(chmod(path_of("a.csv"), 0640), 0);
    umask(077);
    assert_int_equal(write_file("a.csv", "two\n", NULL), PB_OK);
    umask(mask);
    assert_string_equal(get("a.csv"), "two\n");
    assert_int_equal(stat(path_of("a.csv"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
    assert_false(there("a.csv.tmp"));
}

/* Locking alone already clears away what a killed program left: there may be private keys in it. */
static void test_left_behind(void **state)
{
    (void)state;
    struct pb_rewrite rewrite;
    put("a.csv.tmp", "left behind");
    assert_int_equal(pb_rewrite_lock(&rewrite, path_of("a.csv"), PB_REWRITE_SECONDS, NULL), PB_OK);
    assert_false(there("a.csv.tmp"));
    pb_rewrite_unlock(&rewrite);
}

/* The lock keeps others out from lock to unlock, and no longer. */
static void test_lock(void **state)
{
    (void)state;
    struct pb_rewrite rewrite;
    assert_int_equal(pb_rewrite_lock(&rewrite, path_of("a.csv"), PB_REWRITE_SECONDS, NULL), PB_OK);
    assert_false(is_free(folder));
    pb_rewrite_unlock(&rewrite);
    assert_true(is_free(folder));
    pb_rewrite_unlock(&rewrite);
}

/* A symbolic link stays one: the file behind it is written, in its own folder. */
static void test_link(void **state)
{
    (void)state;
    struct stat status;
    char target[PATH_MAX];
    assert_int_equal(mkdir(path_of("real"), 0700), 0);
    put("real/target.csv", "old\n");
    strcpy(target, path_of("real/target.csv"));
    assert_int_equal(symlink(target, path_of("a.csv")), 0);
    assert_int_equal(write_file("a.csv", "new\n", NULL), PB_OK);
    assert_int_equal(lstat(path_of("a.csv"), &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_string_equal(get("real/target.csv"), "new\n");
}

/* A link where the temporary file goes is not followed: nobody gets another file overwritten. */
static void test_planted_link(void **state)
{
    (void)state;
    char victim[PATH_MAX];
    put("victim", "dear\n");
    strcpy(victim, path_of("victim"));
    assert_int_equal(symlink(victim, path_of("a.csv.tmp")), 0);
    assert_int_equal(write_file("a.csv", "new\n", NULL), PB_OK);
    assert_string_equal(get("victim"), "dear\n");
    assert_string_equal(get("a.csv"), "new\n");
}

/* No folder, a folder that is a file, a temporary file that cannot be made: path and reason are
 * said, nothing changes. */
static void test_cannot_write(void **state)
{
    (void)state;
    struct pb_error error = {0};
    assert_int_equal(write_file("nowhere/a.csv", "new\n", &error), PB_SYSTEM);
    assert_says(&error, path_of("nowhere/a.csv"));
    assert_says(&error, strerror(ENOENT));

    error.status = PB_OK;
    put("file", "");
    assert_int_equal(write_file("file/a.csv", "new\n", &error), PB_SYSTEM);
    assert_says(&error, strerror(ENOTDIR));

    error.status = PB_OK;
    put("a.csv", "old\n");
    assert_int_equal(mkdir(path_of("a.csv.tmp"), 0700), 0);
    put("a.csv.tmp/in-the-way", "");
    assert_int_equal(write_file("a.csv", "new\n", &error), PB_SYSTEM);
    assert_says(&error, path_of("a.csv"));
    assert_says(&error, "unchanged");
    assert_string_equal(get("a.csv"), "old\n");
    assert_true(is_free(folder));
}

/* A disk that gets full while writing: a sentence, the old file as it was, and nothing half written
 * left. (A limit on the size of files stands in for the disk.) */
static void test_full_disk(void **state)
{
    (void)state;
    put("a.csv", "old\n");
    pid_t child = fork();
    if (child == 0) {
        struct pb_error error = {0};
        struct rlimit limit = {.rlim_cur = 64, .rlim_max = 64};
        static char text[100001];
        signal(SIGXFSZ, SIG_IGN);
        if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
            _exit(1);
        memset(text, 'x', sizeof text - 1);
        bool good = write_file("a.csv", text, &error) == PB_SYSTEM &&
                    strstr(error.text, strerror(EFBIG)) && strstr(error.text, path_of("a.csv"));
        _exit(good ? 0 : 2);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_string_equal(get("a.csv"), "old\n");
    assert_false(there("a.csv.tmp"));
}

enum { ROUNDS = 40, WHOLE = 200000 };

static void write_for_ever(int started)
{
    static char text[2][WHOLE + 1];
    memset(text[0], 'a', WHOLE);
    memset(text[1], 'b', WHOLE);
    for (unsigned i = 0;; i++) {
        if (write_file("a.csv", text[i & 1], NULL) != PB_OK)
            _exit(1);
        if (i == 0 && write(started, "", 1) != 1)
            _exit(1);
    }
}

/* Killed at any moment: the file is whole, one of the two texts; the next writer clears away what
 * was left. */
static void test_killed(void **state)
{
    (void)state;
    unsigned seed = (unsigned)getpid();
    for (int round = 0; round < ROUNDS; round++) {
        int started[2], status;
        char byte;
        assert_int_equal(pipe(started), 0);
        pid_t child = fork();
        if (child == 0)
            write_for_ever(started[1]);
        close(started[1]);
        assert_int_equal(read(started[0], &byte, 1), 1);
        close(started[0]);
        struct timespec moment = {.tv_nsec = rand_r(&seed) % 3000000};
        nanosleep(&moment, NULL);
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        const char *text = get("a.csv");
        assert_int_equal(strlen(text), WHOLE);
        assert_int_equal(strspn(text, (char[]){text[0], 0}), WHOLE);
    }
    put("a.csv.tmp", "left behind"); /* in case that no round was killed at that moment */
    assert_int_equal(write_file("a.csv", "after\n", NULL), PB_OK);
    assert_string_equal(get("a.csv"), "after\n");
    assert_false(there("a.csv.tmp"));
}

/* Reading takes all of a pipe, and stops at its limit. */
static void test_read(void **state)
{
    (void)state;
    int ends[2];
    char *text;
    size_t size;
    struct pb_error error = {0};
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "0123456789", 10), 10);
    close(ends[1]);
    assert_int_equal(pb_rewrite_read(ends[0], "it", 10, &text, &size, &error), PB_OK);
    assert_int_equal(size, 10);
    assert_memory_equal(text, "0123456789", 10);
    free(text);
    close(ends[0]);

    int zeros = open("/dev/zero", O_RDONLY);
    assert_int_equal(pb_rewrite_read(zeros, "it", 100000, &text, &size, &error), PB_FILE);
    assert_says(&error, "larger than 100000");
    free(text);
    close(zeros);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_modes),     IN_FOLDER(test_lock),         IN_FOLDER(test_link),
        IN_FOLDER(test_full_disk), IN_FOLDER(test_planted_link), IN_FOLDER(test_cannot_write),
        IN_FOLDER(test_killed),    IN_FOLDER(test_read),         IN_FOLDER(test_left_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
