/* `plugboard try --app ftp`: the real ftpd and the real ftp in one terminal, with a folder and keys of their own that
 * vanish afterwards. Both are this program again, as somebody would start it by hand. */
#include "try.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS = 96, NAME = 4096 };

/* Where it all happens: DIR/root is served, DIR/server and DIR/client hold the keys. */
struct scene {
    char folder[64], root[96], server[96], client[96];
};

/* A command line of this program. */
struct words {
    char *word[WORDS];
    size_t count;
};

static void add(struct words *words, const char *word)
{
    if (words->count + 1 < WORDS)
        words->word[words->count++] = (char *)word; /* execv changes none of them */
    words->word[words->count] = NULL;
}

static void begin(struct words *words, const char *command, const struct pb_tryftp *trial)
{
    words->count = 0;
    add(words, "plugboard");
    add(words, command);
    add(words, "--cipher");
    add(words, trial->cipher);
    for (size_t i = 0; i < trial->plugin_count; i++) {
        add(words, "--plugins");
        add(words, trial->plugins[i]);
    }
}

/* out: what becomes its standard output; -1: ours. */
static pid_t start(const struct words *words, int out)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* nothing is left behind, whatever happens to us */
    if (out >= 0)
        dup2(out, STDOUT_FILENO);
    execv("/proc/self/exe", words->word);
    _exit(127);
}

static int wait_for(pid_t child)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int make_scene(struct scene *scene, struct pb_error *error)
{
    static const char letter[] = "The treasure is below the old oak, forty steps from the gate.\n";
    const char *temporary = getenv("TMPDIR");
    char path[128];
    snprintf(scene->folder, sizeof scene->folder, "%.40s/plugboard-try-XXXXXX",
             temporary && *temporary && strlen(temporary) <= 40 ? temporary : "/tmp");
    if (!mkdtemp(scene->folder))
        return pb_status_fail(error, PB_SYSTEM, "%s: no temporary folder: %s", scene->folder, strerror(errno));
    snprintf(scene->root, sizeof scene->root, "%s/root", scene->folder);
    snprintf(scene->server, sizeof scene->server, "%s/server", scene->folder);
    snprintf(scene->client, sizeof scene->client, "%s/client", scene->folder);
    snprintf(path, sizeof path, "%s/letter.txt", scene->root);
    if (mkdir(scene->root, 0700) < 0 || mkdir(scene->server, 0700) < 0 || mkdir(scene->client, 0700) < 0)
        return pb_status_fail(error, PB_SYSTEM, "%s: %s", scene->folder, strerror(errno));
    FILE *file = fopen(path, "w");
    if (!file || fputs(letter, file) < 0 || fclose(file) != 0)
        return pb_status_fail(error, PB_SYSTEM, "%s: %s", path, strerror(errno));
    return PB_OK;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status, (void)kind, (void)where;
    return remove(path);
}

/* Key pairs with the options that were given; without any, ftpd and ftp make their own. */
static int make_keys(const struct pb_tryftp *trial, const char *folder)
{
    struct words words;
    begin(&words, "keygen", trial);
    add(&words, "--keys");
    add(&words, folder);
    for (size_t i = 0; trial->keygen[i]; i++) {
        add(&words, "-o");
        add(&words, trial->keygen[i]);
    }
    return trial->keygen[0] ? wait_for(start(&words, STDERR_FILENO)) : 0;
}

/* Starts ftpd and reads where it listens. 0: it did not come so far; it has said why. */
static pid_t serve(const struct pb_tryftp *trial, const struct scene *scene, char *where, size_t size)
{
    struct words words;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return 0;
    begin(&words, "ftpd", trial);
    const char *const rest[] = {"--allow-any", "--port", "0", "--keys", scene->server, "--root", scene->root};
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
        add(&words, rest[i]);
    pid_t server = start(&words, ends[1]);
    close(ends[1]);
    FILE *said = fdopen(ends[0], "r");
    char line[NAME];
    static const char first[] = "listening on ";
    bool listening = said && fgets(line, sizeof line, said) && strncmp(line, first, sizeof first - 1) == 0;
    if (said)
        fclose(said);
    if (!listening) {
        wait_for(server);
        return 0;
    }
    snprintf(where, size, "%.*s", (int)strcspn(line + sizeof first - 1, "\n"), line + sizeof first - 1);
    return server;
}

static int talk(const struct pb_tryftp *trial, const struct scene *scene, const char *where)
{
    struct words words;
    begin(&words, "ftp", trial);
    const char *const rest[] = {"--trace", "--keys", scene->client, where};
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
        add(&words, rest[i]);
    pid_t client = start(&words, -1);
    signal(SIGINT, SIG_IGN); /* Ctrl-C is the client's: it ends a transfer */
    return wait_for(client);
}

int pb_tryftp_run(const struct pb_tryftp *trial)
{
    struct scene scene = {0};
    struct pb_error error = {0};
    char where[PB_ENDPOINT_MAX];
    int code = 1;
    pid_t server = 0;
    if (make_scene(&scene, &error) != PB_OK) {
        code = pb_options_report("try", &error);
        goto out;
    }
    printf("A private FTP server with one file, letter.txt; --trace shows each frame, sealed and plain.\n"
           "Type ls, then cat letter.txt, then help; quit ends.\n");
    fflush(stdout);
    if ((code = make_keys(trial, scene.server)) != 0 || (code = make_keys(trial, scene.client)) != 0)
        goto out;
    code = 4;
    if ((server = serve(trial, &scene, where, sizeof where)) == 0)
        goto out;
    code = talk(trial, &scene, where);
    kill(server, SIGTERM);
    wait_for(server);
out:
    if (scene.root[0])
        nftw(scene.folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return code;
}
