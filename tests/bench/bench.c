/* What the bench programs share. */
#include "bench.h"
#include "keypair.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

double bench_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void bench_line(const char *what, const char *measured, const char *limit)
{
    printf("%-52s %14s %14s\n", what, measured, limit);
    fflush(stdout);
}

void bench_must(int status, const struct pb_error *error, const char *what)
{
    if (status == PB_OK)
        return;
    fprintf(stderr, "bench: %s: %s\n", what, error->text[0] ? error->text : pb_status_text(status));
    exit(1);
}

void bench_side_init(struct bench_side *side, const char *build, const char *cipher,
                     enum pb_role role)
{
    static const char *const no_options[] = {NULL};
    struct pb_error error = {0};
    struct pb_random random;
    char file[PATH_MAX];
    snprintf(file, sizeof file, "%s/ciphers/%s.so", build, cipher);
    bench_must(pb_plugin_load(&side->plugin, file, &error), &error, file);
    pb_random_system(&random);
    bench_must(pb_keypair_make(side->plugin.cipher, &random, no_options, side->public_key,
                               side->private_key, NULL, &error),
               &error, "keygen");
    side->party = (struct pb_party){.role = role,
                                    .cipher = side->plugin.cipher,
                                    .own_private = side->private_key,
                                    .own_public = side->public_key,
                                    .service = "talk",
                                    .name = "bench"};
    pb_random_system(&side->party.random);
}

/* The first line says where it listens: "listening on 127.0.0.1:PORT". */
static uint16_t read_port(int out)
{
    char line[256], *colon;
    size_t size = 0;
    while (size < sizeof line - 1 && read(out, line + size, 1) == 1 && line[size] != '\n')
        size++;
    line[size] = 0;
    colon = strrchr(line, ':');
    if (strncmp(line, "listening on ", 13) != 0 || !colon) {
        fprintf(stderr, "bench: the server did not start\n");
        exit(1);
    }
    return (uint16_t)strtoul(colon + 1, NULL, 10);
}

static struct bench_server *running;
static pid_t owner;

/* Also when a program ends early: neither server nor folder stays. */
static void stop_running(void)
{
    if (running && getpid() == owner)
        bench_server_stop(running);
}

void bench_server_start(struct bench_server *server, const char *build)
{
    char program[PATH_MAX];
    int ends[2];
    snprintf(program, sizeof program, "%s/plugboard", build);
    snprintf(server->folder, sizeof server->folder, "/tmp/plugboard-bench.XXXXXX");
    if (!mkdtemp(server->folder) || pipe2(ends, O_CLOEXEC) < 0) {
        perror("bench");
        exit(1);
    }
    owner = getpid();
    atexit(stop_running);
    server->pid = fork();
    if (server->pid > 0)
        running = server;
    if (server->pid == 0) {
        int nowhere = open("/dev/null", O_RDWR);
        dup2(nowhere, STDIN_FILENO);
        dup2(nowhere, STDERR_FILENO);
        dup2(ends[1], STDOUT_FILENO);
        execl(program, "plugboard", "server", "--port", "0", "--allow-any", "--keys",
              server->folder, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    server->out = ends[0];
    server->port = read_port(ends[0]);

    /* Every message is a line on its output; somebody has to take them. */
    if (fork() == 0) {
        char taken[65536];
        while (read(ends[0], taken, sizeof taken) > 0)
            ;
        _exit(0);
    }
}

void bench_server_stop(struct bench_server *server)
{
    char command[128];
    running = NULL;
    kill(server->pid, SIGTERM);
    close(server->out);
    while (wait(NULL) > 0)
        ;
    snprintf(command, sizeof command, "rm -rf %s", server->folder);
    if (system(command) != 0)
        fprintf(stderr, "bench: %s stays\n", server->folder);
}

double bench_raw_box(size_t size, double seconds)
{
    unsigned char key[crypto_box_BEFORENMBYTES] = {1}, nonce[crypto_box_NONCEBYTES] = {0};
    unsigned char *plain = calloc(1, size), *sealed = malloc(size + crypto_box_MACBYTES);
    double begin = bench_now(), end = begin;
    size_t count = 0, block = 1 + (1u << 20) / size;
    if (!plain || !sealed)
        abort();
    while (end - begin < seconds) {
        for (size_t i = 0; i < block; i++) {
            sodium_increment(nonce, sizeof nonce);
            if (crypto_box_easy_afternm(sealed, plain, size, nonce, key) != 0)
                abort();
        }
        count += block;
        end = bench_now();
    }
    free(plain);
    free(sealed);
    return (double)count * (double)size / (end - begin);
}
