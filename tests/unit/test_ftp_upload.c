/* Uploads: all or nothing where there was a file, and what has arrived where there was none; one
 * writer for a name. */
#include "ftp_place.h"

#include "ftpd/upload.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

static void write_text(struct ftp_upload *upload, const char *text)
{
    assert_int_equal(ftp_upload_write(upload, text, strlen(text)), FTP_OK);
}

static void begin(const struct place *place, struct ftp_upload *upload, const char *path,
                  enum ftp_upload_kind kind, uint64_t offset)
{
    assert_int_equal(ftp_upload_begin(upload, &place->root, path, kind, offset), FTP_OK);
}

/* A new file appears complete, at the end, and under its name alone. */
static void appears_complete(void **state)
{
    struct place *place = *state;
    struct ftp_upload upload;
    struct stat status;
    begin(place, &upload, "/new", FTP_UPLOAD_NEW, 0);
    write_text(&upload, "first ");
    assert_false(place_has(place, "root/new"));
    write_text(&upload, "second");
    assert_int_equal(upload.written, 12);
    assert_int_equal(ftp_upload_finish(&upload), FTP_OK);
    assert_string_equal(place_read(place, "root/new"), "first second");
    assert_int_equal(place_count(place, "root"), 1);
    assert_int_equal(ftp_root_stat(&place->root, "/new", &status), FTP_OK);
    assert_int_equal(status.st_mode & 07777, 0644);
    begin(place, &upload, "/empty", FTP_UPLOAD_NEW, 0);
    assert_int_equal(ftp_upload_finish(&upload), FTP_OK);
    assert_true(place_has(place, "root/empty"));
    ftp_upload_fail(&upload); /* at the end of a session: nothing to do */
    assert_int_equal(place_count(place, "root"), 2);
}

/* An old file is what it was until the new one is complete, and keeps the modes that are not
 * dangerous. */
static void replaces_at_once(void **state)
{
    struct place *place = *state;
    struct ftp_upload upload;
    struct stat status;
    place_write(place, "root/file", "old and complete");
    assert_int_equal(chmod(place_path(place, "root/file"), 06757), 0);
    begin(place, &upload, "/file", FTP_UPLOAD_NEW, 0);
    write_text(&upload, "new");
    assert_string_equal(place_read(place, "root/file"), "old and complete");
    assert_int_equal(ftp_upload_finish(&upload), FTP_OK);
    assert_string_equal(place_read(place, "root/file"), "new");
    assert_int_equal(ftp_root_stat(&place->root, "/file", &status), FTP_OK);
    assert_int_equal(status.st_mode & 07777, 0644);
    assert_int_equal(chmod(place_path(place, "root/file"), 0600), 0);
    begin(place, &upload, "/file", FTP_UPLOAD_NEW, 0);
    assert_int_equal(ftp_upload_finish(&upload), FTP_OK);
    assert_int_equal(ftp_root_stat(&place->root, "/file", &status), FTP_OK);
    assert_int_equal(status.st_mode & 07777,
                     0600); /* a private file does not become public by being replaced */
    assert_int_equal(place_count(place, "root"), 1);
}

/* Cut off: the old file is whole and nothing is left; where there was none, the part is there to go
 * on with; an empty part is nothing. */
static void fails_well(void **state)
{
    struct place *place = *state;
    struct ftp_upload upload;
    place_write(place, "root/old", "old and complete");
    begin(place, &upload, "/old", FTP_UPLOAD_NEW, 0);
    write_text(&upload, "half");
    ftp_upload_fail(&upload);
    assert_string_equal(place_read(place, "root/old"), "old and complete");
    assert_int_equal(place_count(place, "root"), 1);
    begin(place, &upload, "/new", FTP_UPLOAD_NEW, 0);
    write_text(&upload, "half");
    ftp_upload_fail(&upload);
    ftp_upload_fail(&upload);
    assert_string_equal(place_read(place, "root/new"), "half");
    begin(place, &upload, "/empty", FTP_UPLOAD_NEW, 0);
    ftp_upload_fail(&upload);
    assert_int_equal(place_count(place, "root"), 2);
    begin(place, &upload, "/new", FTP_UPLOAD_NEW, 4);
    write_text(&upload, " and half");
    assert_int_equal(ftp_upload_finish(&upload), FTP_OK);
    assert_string_equal(place_read(place, "root/new"), "half and half");
    assert_int_equal(place_count(place, "root"), 2);
}

/* While a new upload ran, somebody else made a file of that name: a part that is cut off does not
 * take its place. */
static void a_part_never_replaces(void **state)
{
    struct place *place = *state;
    struct ftp_upload upload;
    begin(place, &upload, "/file", FTP_UPLOAD_NEW, 0);
    write_text(&upload, "half");
    place_write(place, "root/file", "complete, by somebody else");
    ftp_upload_fail(&upload);
    assert_string_equal(place_read(place, "root/file"), "complete, by somebody else");
    assert_int_equal(place_count(place, "root"), 1);
}

/* APPE and REST: at the end, before the end, at 0, past the end; complete and cut off. */
static void resumes(void **state)
{
    struct place *place = *state;
    struct ftp_upload upload;
    place_write(place, "root/file", "0123456789");
    assert_int_equal(ftp_upload_begin(&upload, &place->root, "/file", FTP_UPLOAD_NEW, 11),
                     FTP_BAD_OFFSET);
    assert_int_equal(ftp_upload_begin(&upload, &place->root, "/file", FTP_UPLOAD_NEW, UINT64_MAX),
                     FTP_BAD_OFFSET);
    assert_int_equal(ftp_upload_begin(&upload, &place->root, "/nothing", FTP_UPLOAD_NEW, 1),
                     FTP_BAD_OFFSET);
    assert_int_equal(ftp_upload_begin(&upload, &place->root, "/file", FTP_UPLOAD_APPEND, 1),
                     FTP_BAD_OFFSET);
    assert_int_equal(place_count(place, "root"), 1);

    begin(place, &upload, "/file", FTP_UPLOAD_APPEND, 0);
    write_text(&upload, "abc");
    assert_int_equal(ftp_upload_finish(&upload), FTP_OK);
    assert_string_equal(place_read(place, "root/file"), "0123456789abc");
    begin(place, &upload, "/file", FTP_UPLOAD_APPEND, 0);
    write_text(&upload, "d");
    ftp_upload_fail(&upload); /* what has arrived stays: SIZE says how far it came */
    assert_string_equal(place_read(place, "root/file"), "0123456789abcd");

    begin(place, &upload, "/file", FTP_UPLOAD_NEW, 5);
    write_text(&upload, "XY");
    ftp_upload_fail(&upload); /* before the end: the old file is whole */
    assert_string_equal(place_read(place, "root/file"), "0123456789abcd");
    begin(place, &upload, "/file", FTP_UPLOAD_NEW, 5);
    write_text(&upload, "XY");
    assert_string_equal(place_read(place, "root/file"), "0123456789abcd");
    assert_int_equal(ftp_upload_finish(&upload), FTP_OK);
    assert_string_equal(place_read(place, "root/file"),
                        "01234XY"); /* and it ends where the data ended */

    begin(place, &upload, "/log", FTP_UPLOAD_APPEND, 0);
    write_text(&upload, "first");
    assert_int_equal(ftp_upload_finish(&upload), FTP_OK);
    assert_string_equal(place_read(place, "root/log"), "first");
    assert_int_equal(place_count(place, "root"), 2);
}

/* REST in the middle of a file too large to copy: it is cut there, when the first byte comes and
 * not before, and goes on. */
static void resumes_in_large_files(void **state)
{
    struct place *place = *state;
    struct ftp_upload upload;
    struct stat status;
    const uint64_t offset = FTP_UPLOAD_COPY_MAX + 1;
    place_write(place, "root/large", "");
    assert_int_equal(truncate(place_path(place, "root/large"), 2 * (off_t)offset), 0);
    begin(place, &upload, "/large", FTP_UPLOAD_NEW, offset);
    ftp_upload_fail(&upload);
    assert_int_equal(ftp_root_stat(&place->root, "/large", &status), FTP_OK);
    assert_int_equal(status.st_size, 2 * offset);
    begin(place, &upload, "/large", FTP_UPLOAD_NEW, offset);
    write_text(&upload, "tail");
    ftp_upload_fail(&upload);
    assert_int_equal(ftp_root_stat(&place->root, "/large", &status), FTP_OK);
    assert_int_equal(status.st_size, offset + 4);
    assert_int_equal(place_count(place, "root"), 1);
}

/* One writer for a name, whether it is there already or not; readers and other names do not wait;
 * afterwards it is free. */
static void has_one_writer(void **state)
{
    struct place *place = *state;
    struct ftp_upload first, second, other;
    static const char *const names[] = {"/new", "/old"};
    place_write(place, "root/old", "old");
    for (int i = 0; i < 2; i++) {
        begin(place, &first, names[i], FTP_UPLOAD_NEW, 0);
        write_text(&first, "first");
        assert_int_equal(ftp_upload_begin(&second, &place->root, names[i], FTP_UPLOAD_NEW, 0),
                         FTP_BUSY);
        assert_int_equal(ftp_upload_begin(&second, &place->root, names[i], FTP_UPLOAD_APPEND, 0),
                         FTP_BUSY);
        ftp_upload_rescue(&place->root, names[i]);
        assert_int_equal(ftp_upload_sweep(&place->root), 0);
        begin(place, &other, "/other", FTP_UPLOAD_NEW, 0);
        assert_int_equal(ftp_upload_finish(&other), FTP_OK);
        assert_int_equal(ftp_upload_finish(&first), FTP_OK);
        assert_string_equal(place_read(place, i ? "root/old" : "root/new"), "first");
        begin(place, &second, names[i], FTP_UPLOAD_NEW, 0);
        write_text(&second, "second");
        assert_int_equal(ftp_upload_finish(&second), FTP_OK);
        assert_string_equal(place_read(place, i ? "root/old" : "root/new"), "second");
    }
    assert_int_equal(place_count(place, "root"), 3);
    assert_int_equal(ftp_error_code(FTP_BUSY), 450);
}

/* STOU never touches what is there, not even a name that somebody is only beginning to write; long
 * names are cut, not refused. */
static void makes_unique_names(void **state)
{
    struct place *place = *state;
    struct ftp_upload first, second, third;
    char path[FTP_NAME_MAX + 2];
    place_write(place, "root/taken", "taken");
    begin(place, &first, "/free", FTP_UPLOAD_UNIQUE, 0);
    assert_string_equal(first.name, "free");
    begin(place, &second, "/free", FTP_UPLOAD_UNIQUE, 0);
    assert_string_not_equal(second.name, "free");
    begin(place, &third, "/taken", FTP_UPLOAD_UNIQUE, 0);
    assert_true(strncmp(third.name, "taken.", 6) == 0);
    place_write(place, "root/free", "made meanwhile");
    write_text(&first, "1");
    write_text(&second, "2");
    write_text(&third, "3");
    assert_int_equal(ftp_upload_finish(&first), FTP_EXISTS);
    assert_int_equal(ftp_upload_finish(&second), FTP_OK);
    assert_int_equal(ftp_upload_finish(&third), FTP_OK);
    assert_string_equal(place_read(place, "root/free"), "made meanwhile");
    assert_string_equal(place_read(place, "root/taken"), "taken");
    assert_int_equal(place_count(place, "root"), 4);
    memset(path, 'u', sizeof path);
    path[0] = '/';
    path[FTP_NAME_MAX + 1] = 0;
    for (int i = 0; i < 2; i++) {
        begin(place, &first, path, FTP_UPLOAD_UNIQUE, 0);
        assert_int_equal(strlen(first.name), FTP_NAME_MAX);
        assert_int_equal(ftp_upload_finish(&first), FTP_OK);
    }
    assert_int_equal(place_count(place, "root"), 6);
}

/* Names of 255 bytes, with line ends and of other bytes work like any other, also when cut off. */
static void takes_all_names(void **state)
{
    struct place *place = *state;
    struct ftp_upload upload;
    char longest[FTP_NAME_MAX + 2];
    memset(longest, 'n', sizeof longest);
    longest[0] = '/';
    longest[FTP_NAME_MAX + 1] = 0;
    const char *const names[] = {longest,     "/a\nb",         "/ ",         "/-rf",
                                 "/\xff\xfe", "/\xc3\xa4.txt", "/.pb-notes", "/%s%n"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct stat status;
        begin(place, &upload, names[i], FTP_UPLOAD_NEW, 0);
        write_text(&upload, "half");
        ftp_upload_fail(&upload);
        begin(place, &upload, names[i], FTP_UPLOAD_NEW, 4);
        write_text(&upload, " and half");
        assert_int_equal(ftp_upload_finish(&upload), FTP_OK);
        assert_int_equal(ftp_root_stat(&place->root, names[i], &status), FTP_OK);
        assert_int_equal(status.st_size, 13);
        assert_int_equal(place_count(place, "root"), i + 1);
    }
}

/* What is no regular file, no good name, a link, or outside is not written; nothing is left of the
 * attempt. */
static void refuses(void **state)
{
    struct place *place = *state;
    struct ftp_upload upload;
    static const struct {
        const char *path;
        enum ftp_error error;
    } table[] = {
        {"/", FTP_BAD_NAME},
        {"/folder/", FTP_BAD_NAME},
        {"/..", FTP_BAD_NAME},
        {"", FTP_BAD_NAME},
        {"/.pb-0123456789abcdef.part", FTP_BAD_NAME},
        {"/folder", FTP_NOT_A_FILE},
        {"/fifo", FTP_NOT_A_FILE},
        {"/to_secret", FTP_A_LINK},
        {"/to_file", FTP_A_LINK},
        {"/to_nothing", FTP_A_LINK},
        {"/up/secret2", FTP_NOT_THERE},
        {"/nothing/file", FTP_NOT_THERE},
        {"/file/file", FTP_NOT_A_FOLDER},
    };
    assert_int_equal(mkdir(place_path(place, "root/folder"), 0755), 0);
    assert_int_equal(mkfifo(place_path(place, "root/fifo"), 0666), 0);
    place_write(place, "root/file", "file");
    place_link(place, "../secret", "root/to_secret");
    place_link(place, "file", "root/to_file");
    place_link(place, "../made", "root/to_nothing");
    place_link(place, place->folder, "root/up");
    int before = place_count(place, "root");
    alarm(8); /* nobody reads the FIFO */
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_int_equal(ftp_upload_begin(&upload, &place->root, table[i].path, FTP_UPLOAD_NEW, 0),
                         table[i].error);
        assert_int_equal(
            ftp_upload_begin(&upload, &place->root, table[i].path, FTP_UPLOAD_APPEND, 0),
            table[i].error);
        ftp_upload_fail(&upload);
    }
    alarm(0);
    assert_int_equal(place_count(place, "root"), before);
    assert_string_equal(place_read(place, "root/file"), "file");
    struct ftp_root root = {.fd = place->root.fd, .read_only = true};
    assert_int_equal(ftp_upload_begin(&upload, &root, "/file", FTP_UPLOAD_NEW, 0), FTP_READ_ONLY);
}

/* Begins an upload in another process, which is killed in the middle of it. */
static void killed_upload(const struct place *place, const char *path, const char *text)
{
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t writer = fork();
    if (writer == 0) {
        struct ftp_upload upload;
        if (ftp_upload_begin(&upload, &place->root, path, FTP_UPLOAD_NEW, 0) != FTP_OK ||
            ftp_upload_write(&upload, text, strlen(text)) != FTP_OK || write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    assert_true(writer > 0);
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    struct ftp_upload second;
    assert_int_equal(ftp_upload_begin(&second, &place->root, path, FTP_UPLOAD_NEW, 0), FTP_BUSY);
    kill(writer, SIGKILL);
    waitpid(writer, NULL, 0);
}

/* kill -9 in the middle: the next look at the name, the next upload or the next start puts in order
 * what was left. */
static void survives_being_killed(void **state)
{
    struct place *place = *state;
    struct ftp_upload upload;
    assert_int_equal(mkdir(place_path(place, "root/a"), 0755), 0);
    assert_int_equal(mkdir(place_path(place, "root/a/b"), 0755), 0);
    place_write(place, "root/old", "old and complete");

    killed_upload(place, "/new", "half");
    assert_int_equal(place_count(place, "root"), 4);
    ftp_upload_rescue(&place->root, "/new");
    assert_string_equal(place_read(place, "root/new"), "half");
    killed_upload(place, "/old", "half");
    begin(place, &upload, "/old", FTP_UPLOAD_APPEND, 0);
    write_text(&upload, "!");
    assert_int_equal(ftp_upload_finish(&upload), FTP_OK);
    assert_string_equal(place_read(place, "root/old"), "old and complete!");
    killed_upload(place, "/third", "half");
    begin(place, &upload, "/third", FTP_UPLOAD_NEW, 4);
    write_text(&upload, " and half");
    assert_int_equal(ftp_upload_finish(&upload), FTP_OK);
    assert_string_equal(place_read(place, "root/third"), "half and half");
    assert_int_equal(place_count(place, "root"), 4);

    killed_upload(place, "/a/b/deep\nname", "half");
    killed_upload(place, "/a/empty", "");
    killed_upload(place, "/old", "half");
    place_link(place, "../../root", "root/a/b/ring");
    assert_int_equal(ftp_upload_sweep(&place->root), 3);
    assert_string_equal(place_read(place, "root/a/b/deep\nname"), "half");
    assert_string_equal(place_read(place, "root/old"), "old and complete!");
    assert_int_equal(place_count(place, "root"), 4);
    assert_int_equal(place_count(place, "root/a"), 1);
    assert_int_equal(place_count(place, "root/a/b"), 2);
    assert_int_equal(ftp_upload_sweep(&place->root), 0);
}

/* A mark is only a file, and somebody on this machine may write what he likes into it: nothing but
 * a part is ever removed, and nothing leaves its folder. */
static void marks_are_not_trusted(void **state)
{
    struct place *place = *state;
    static const char *const notes[] = {
        "",
        "\n",
        "keep",
        "../secret\ndrop\nx",
        "file\ndrop\nx",
        ".pb-0123456789abcdef.part\nkeep\n../stolen",
        ".pb-0123456789abcdef.part\nkeep\n/tmp/stolen",
        ".pb-0123456789abcdef.part\nkeep\n..",
        ".pb-0123456789abcdef.part\nkeep\n",
        ".pb-0123456789abcdef.part\nkeep\nfile",
        ".pb-0123456789abcdef.part",
        ".pb-0123456789abcdef.part\nkeep",
    };
    place_write(place, "root/file", "file");
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
        place_write(place, "root/.pb-0000000000000000.name", notes[i]);
        place_write(place, "root/.pb-0123456789abcdef.part", "part");
        assert_int_equal(ftp_upload_sweep(&place->root), 1);
        assert_false(place_has(place, "root/.pb-0000000000000000.name"));
        assert_string_equal(place_read(place, "root/file"), "file");
        assert_true(place_count(place, "root") <= 2);
    }
    place_link(place, "../secret", "root/.pb-0000000000000000.name");
    assert_int_equal(ftp_upload_sweep(&place->root), 0);
    /* A part without a mark goes when it is old. */
    place_write(place, "root/.pb-0123456789abcdef.part", "part");
    assert_int_equal(utimes(place_path(place, "root/.pb-0123456789abcdef.part"),
                            (struct timeval[2]){{1, 0}, {1, 0}}),
                     0);
    assert_int_equal(ftp_upload_sweep(&place->root), 1);
    assert_false(place_has(place, "root/.pb-0123456789abcdef.part"));
}

/* Writes until it fails; what the error was. */
static enum ftp_error fill(struct ftp_upload *upload)
{
    static const char block[4096];
    enum ftp_error error = FTP_OK;
    for (int i = 0; error == FTP_OK && i < 1024; i++)
        error = ftp_upload_write(upload, block, sizeof block);
    return error;
}

/* More than the process may write (552): the old file is unharmed. */
static void survives_limits(void **state)
{
    struct place *place = *state;
    struct ftp_upload upload;
    struct rlimit before, limit;
    place_write(place, "root/old", "old and complete");
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = (struct rlimit){65536, before.rlim_max};
    begin(place, &upload, "/old", FTP_UPLOAD_NEW, 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    enum ftp_error error = fill(&upload);
    ftp_upload_fail(&upload);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(error, FTP_TOO_LARGE);
    assert_string_equal(place_read(place, "root/old"), "old and complete");
    assert_int_equal(place_count(place, "root"), 1);
}

/* In a mount namespace of its own: root/ is a disk of 128 KiB. What went wrong, as an exit code. */
static int on_a_full_disk(const struct place *place)
{
    struct ftp_root root;
    struct ftp_upload upload;
    struct pb_error error = {0};
    if (unshare(CLONE_NEWNS) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
        return 77;
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("full", place_path(place, "root"), "tmpfs", 0, "size=128k") < 0)
        return 77;
    place_write(place, "root/old", "old and complete");
    if (ftp_root_open(&root, place_path(place, "root"), false, &error) != PB_OK)
        return 1;
    if (ftp_upload_begin(&upload, &root, "/old", FTP_UPLOAD_NEW, 0) != FTP_OK ||
        fill(&upload) != FTP_DISK_FULL)
        return 2;
    ftp_upload_fail(&upload);
    if (strcmp(place_read(place, "root/old"), "old and complete") != 0 ||
        place_count(place, "root") != 1)
        return 3;
    if (ftp_upload_begin(&upload, &root, "/new", FTP_UPLOAD_NEW, 0) != FTP_OK ||
        fill(&upload) != FTP_DISK_FULL)
        return 4;
    ftp_upload_fail(&upload); /* the part is there, so the disk is still full: the next upload
                                 fails, without a trace */
    if (!place_has(place, "root/new") || place_count(place, "root") != 2)
        return 5;
    enum ftp_error result = ftp_upload_begin(&upload, &root, "/old", FTP_UPLOAD_NEW, 0);
    if (result == FTP_OK)
        result = fill(&upload);
    ftp_upload_fail(&upload);
    if (result != FTP_DISK_FULL || place_count(place, "root") != 2)
        return 6;
    return strcmp(place_read(place, "root/old"), "old and complete") == 0 ? 0 : 7;
}

/* The disk full in the middle: 452, and the old file unharmed. */
static void survives_a_full_disk(void **state)
{
    struct place *place = *state;
    int how;
    pid_t child = fork();
    if (child == 0)
        _exit(on_a_full_disk(place));
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFEXITED(how));
    if (WEXITSTATUS(how) == 77)
        skip(); /* not allowed to mount here */
    assert_int_equal(WEXITSTATUS(how), 0);
    assert_int_equal(ftp_error_code(FTP_DISK_FULL), 452);
}

/* Eight processes that write two names as fast as they can: whatever is read is whole, and in the
 * end no hidden file is left. */
static void stays_whole_under_load(void **state)
{
    struct place *place = *state;
    pid_t writers[8];
    char text[4096];
    for (int i = 0; i < 8; i++) {
        writers[i] = fork();
        if (writers[i] != 0)
            continue;
        memset(text, 'a' + i, sizeof text);
        for (int done = 0, tries = 0; done < 50; tries++) {
            struct ftp_upload upload;
            enum ftp_error error =
                ftp_upload_begin(&upload, &place->root, done % 2 ? "/x" : "/y", FTP_UPLOAD_NEW, 0);
            if (error != FTP_OK) {
                if (error != FTP_BUSY || tries > 1000000)
                    _exit(3);
                sched_yield();
                continue;
            }
            if (ftp_upload_write(&upload, text, 2048) != FTP_OK ||
                ftp_upload_write(&upload, text, 2048) != FTP_OK)
                _exit(1);
            if (done++ % 7 == 6)
                ftp_upload_fail(&upload);
            else if (ftp_upload_finish(&upload) != FTP_OK)
                _exit(2);
        }
        _exit(0);
    }
    for (int i = 0; i < 200; i++) {
        const char *read = place_read(place, i % 2 ? "root/x" : "root/y");
        assert_int_equal(strspn(read, (char[2]){read[0]}), strlen(read));
    }
    for (int i = 0; i < 8; i++) {
        int how;
        assert_int_equal(waitpid(writers[i], &how, 0), writers[i]);
        assert_int_equal(how, 0);
    }
    assert_int_equal(strlen(place_read(place, "root/x")), 4096);
    assert_int_equal(place_count(place, "root"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(appears_complete),
        PLACE_TEST(replaces_at_once),
        PLACE_TEST(fails_well),
        PLACE_TEST(a_part_never_replaces),
        PLACE_TEST(resumes),
        PLACE_TEST(resumes_in_large_files),
        PLACE_TEST(has_one_writer),
        PLACE_TEST(makes_unique_names),
        PLACE_TEST(takes_all_names),
        PLACE_TEST(refuses),
        PLACE_TEST(survives_being_killed),
        PLACE_TEST(marks_are_not_trusted),
        PLACE_TEST(survives_limits),
        PLACE_TEST(survives_a_full_disk),
        PLACE_TEST(stays_whole_under_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
