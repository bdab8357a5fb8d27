/* plugboard: one program, a table of commands. */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char version[] = "plugboard " PB_VERSION;

struct command {
    const char *group; /* heading above this command and those after it; NULL: the same as before */
    const char *name;
    pb_command *run;
    bool log; /* its standard output is read while it runs: each line goes out at once */
    const char *summary;
};

static const struct command commands[] = {
    {"Start here", "try", pb_command_try, false,
     "talk to yourself under a cipher; plain text and wire side by side"},
    {NULL, "ciphers", pb_command_ciphers, false, "what is installed, and what each cipher claims"},
    {"Talk", "server", pb_command_server, true,
     "the talk server: shows each message and sends it back"},
    {NULL, "client", pb_command_client, true, "talk to a server under the cipher of your choice"},
    {"Files", "ftpd", pb_command_ftpd, true, "the FTP server: under any cipher, or in clear"},
    {NULL, "ftp", pb_command_ftp, false, "files to and from such a server; or a gateway for any FTP client"},
    {NULL, "ftp-user", pb_command_ftp_user, false, "who may log in to ftpd --cleartext: write a user, or another password"},
    {"Keys", "keygen", pb_command_keygen, false, "make a key pair, or replace one"},
    {NULL, "pubkey", pb_command_pubkey, false, "print your public keys, to hand to the other side"},
    {NULL, "allow", pb_command_allow, false,
     "show the list of allowed keys, add to it, take in who was refused"},
    {NULL, "deny", pb_command_deny, false, "take a name off the list of allowed keys"},
    {NULL, "clients", pb_command_clients, false, "who was here: the table of the server's clients"},
    {NULL, "forget", pb_command_forget, false, "forget the recorded key of a server"},
    {NULL, "demo-keys", pb_command_demo_keys, false,
     "a writable copy of the ready-made demonstration keys"},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

/* How many letters must be changed, put in or left out to make one word of the other
 * (Levenshtein); 31 and more is far away. */
static size_t distance(const char *a, const char *b)
{
    size_t row[32], length = strlen(b);
    if (strlen(a) > 31 || length > 31)
        return 31;
    for (size_t k = 0; k <= length; k++)
        row[k] = k;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t k = 1; k <= length; k++) {
            size_t best = diagonal + (a[i - 1] != b[k - 1]);
            diagonal = row[k];
            if (row[k] + 1 < best)
                best = row[k] + 1;
            if (row[k - 1] + 1 < best)
                best = row[k - 1] + 1;
            row[k] = best;
        }
    }
    return row[length];
}

/* Named where authors are helped, and not there yet: better a way to go on than "there is no command". */
static const struct {
    const char *name, *meanwhile;
} planned[] = {
    {"check", "'plugboard ciphers FILE.so' looks at a plugin, 'plugboard try FILE.so' talks under it; ciphers/README.md, "
              "\"When it does not work\", shows how to debug it"},
    {"doctor", "'plugboard ciphers' lists what is installed, what is broken, and why"},
    {"new", "copy ciphers/template.c; ciphers/README.md walks through it"},
    {"compare", "try the ciphers one by one with 'plugboard try CIPHER'"},
};

static int unknown(const char *name)
{
    for (size_t i = 0; i < sizeof planned / sizeof *planned; i++)
        if (strcmp(name, planned[i].name) == 0) {
            pb_options_say("plugboard: %s comes with a later version; until then: %s", name, planned[i].meanwhile);
            return 2;
        }
    size_t nearest = 0, near = 32;
    for (size_t i = 0; i < COMMANDS; i++) {
        size_t far = distance(name, commands[i].name);
        if (far < near) {
            near = far;
            nearest = i;
        }
    }
    if (near < strlen(commands[nearest].name))
        pb_options_say(
            "plugboard: there is no command '%s'; did you mean '%s'? ('plugboard help' shows all)",
            name, commands[nearest].name);
    else
        pb_options_say("plugboard: there is no command '%s' ('plugboard help' shows all)", name);
    return 2;
}

static int help(void)
{
    puts("Plugboard shows what a cipher does to a conversation: pick one with --cipher, nothing "
         "else changes.\n\n"
         "Usage: plugboard COMMAND [OPTION...]\n"
         "       plugboard help COMMAND");
    for (size_t i = 0; i < COMMANDS; i++) {
        if (commands[i].group)
            printf("\n%s\n", commands[i].group);
        printf("  %-10s %s\n", commands[i].name, commands[i].summary);
    }
    puts("\nFirst steps\n"
         "  plugboard try xor                      look at a cipher at work\n"
         "  plugboard server --allow-any           in one terminal, and in another:\n"
         "  plugboard client --cipher xor\n\n"
         "Results are on standard output, all else on standard error.\n"
         "Exit: 0 done, 1 failed, 2 wrong usage, 3 one side did not accept the other's key, cipher "
         "or service,\n"
         "4 a cipher plugin cannot be used, or crashed.");
    return 0;
}

static int run(const struct command *command, int argc, char **argv)
{
    char name[64];
    snprintf(name, sizeof name, "plugboard %s", command->name);
    argv[0] = name;
    if (command->log)
        setvbuf(stdout, NULL, _IOLBF, 0);
    return command->run(argc, argv);
}

static int help_of(const struct command *command)
{
    char option[] = "--help", *argv[] = {NULL, option, NULL};
    return run(command, 2, argv);
}

/* ---- for shell completion: `plugboard __complete [COMMAND | --cipher]` ---- */

/* The long options, as the command's own --help tells them: there is no second list that could
 * drift. */
static int complete_options(const struct command *command)
{
    int ends[2];
    char line[1024];
    if (pipe(ends) < 0)
        return 1;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        exit(help_of(command));
    }
    close(ends[1]);
    FILE *text = fdopen(ends[0], "r");
    while (text && fgets(line, sizeof line, text)) {
        char *option = line + strspn(line, " ");
        if (option == line || option > line + 6 ||
            *option != '-') /* prose, not the table's left column */
            continue;
        if (option[1] != '-' && !(option = strstr(option, "--")))
            continue;
        printf("%.*s\n", (int)strcspn(option, "=[, \n"), option);
    }
    if (text)
        fclose(text);
    if (child > 0)
        waitpid(child, NULL, 0);
    return 0;
}

static int print_name(void *context, const char *name, const char *file)
{
    (void)context;
    (void)file;
    puts(name);
    return 0;
}

static int complete(int argc, char **argv)
{
    const struct command *command = argc > 0 ? find(argv[0]) : NULL;
    if (command)
        return complete_options(command);
    if (argc > 0 && strcmp(argv[0], "--cipher") == 0) {
        struct pb_plugin_path path = {0};
        if (pb_plugin_path_init(&path, NULL, 0, NULL) == PB_OK)
            pb_plugin_each(&path, print_name, NULL);
        pb_plugin_path_free(&path);
        return 0;
    }
    for (size_t i = 0; i < COMMANDS; i++)
        puts(commands[i].name);
    return 0;
}

/* ---- start and end ---- */

/* A result that did not reach its file (full disk) is a failure, and is said; that nobody reads any
 * more
 * (`| head`) is one too, but needs no sentence. */
static void close_output(void)
{
    struct pollfd output = {.fd = STDOUT_FILENO};
    bool deserted = poll(&output, 1, 0) > 0 && output.revents & POLLERR;
    bool failed = ferror(stdout) != 0;
    errno = 0;
    if (fclose(stdout) == 0 && !failed)
        return;
    if (!deserted && errno != EPIPE)
        pb_options_say("plugboard: standard output could not be written%s%s", errno ? ": " : "",
                       errno ? strerror(errno) : "");
    _exit(1);
}

/* A descriptor that is closed at the start would be given to the first socket, and our messages
 * with it. */
static void occupy_standard_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY) < 0)
            _exit(1);
}

int main(int argc, char **argv)
{
    occupy_standard_descriptors();
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0) /* what we show is UTF-8 everywhere */
        setlocale(LC_CTYPE, "C.UTF-8");
    signal(SIGPIPE, SIG_IGN);
    argp_program_version = version; /* so that each command has --version */
    argp_err_exit_status = 2;
    atexit(close_output);

    const char *name = argc > 1 ? argv[1] : "help";
    const struct command *command = find(name);
    if (command)
        return run(command, argc - 1, argv + 1);
    if (strcmp(name, "help") == 0 && argc > 2)
        return (command = find(argv[2])) ? help_of(command) : unknown(argv[2]);
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 ||
        strcmp(name, "-?") == 0)
        return help();
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0)
        return puts(version) < 0;
    if (strcmp(name, "__complete") == 0)
        return complete(argc - 2, argv + 2);
    return unknown(name);
}
