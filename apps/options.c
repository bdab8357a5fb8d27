/* The options that many commands share, and the lines that commands write for people. */
#include "options.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_PLUGINS = 0x1000, KEY_KEYS, KEY_TRACE, KEY_RECORD, KEY_SEED };

static const struct argp_option common_table[] = {
    {"plugins", KEY_PLUGINS, "DIR", 0, "look for ciphers in DIR first (may be given again)", 90},
    {"keys", KEY_KEYS, "DIR", 0,
     "folder of keys and lists (default $PLUGBOARD_KEYS, or ~/.config/plugboard/client or server)",
     90},
    {"verbose", 'v', NULL, 0, "say more", 90},
    {0},
};

static error_t parse_common(int key, char *value, struct argp_state *state)
{
    struct pb_options *options = state->input;
    switch (key) {
    case KEY_PLUGINS:
        if (options->plugin_count == sizeof options->plugins / sizeof *options->plugins)
            argp_error(state, "too many --plugins");
        options->plugins[options->plugin_count++] = value;
        return 0;
    case KEY_KEYS:
        options->keys = value;
        return 0;
    case 'v':
        options->verbose = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp pb_options_common = {.options = common_table, .parser = parse_common};

static const struct argp_option wire_table[] = {
    {"trace", KEY_TRACE, "both|wire", OPTION_ARG_OPTIONAL,
     "show each frame on standard error: the sealed bytes, and the plain ones beside them (both, "
     "the default)",
     80},
    {"record", KEY_RECORD, "FILE", 0,
     "append to FILE what an eavesdropper has: every frame, never plain text", 80},
    {"seed", KEY_SEED, "N", 0,
     "unsafe: draw keys, ports and all else from N, to repeat a session exactly", 80},
    {0},
};

static error_t parse_wire(int key, char *value, struct argp_state *state)
{
    struct pb_options *options = state->input;
    char *end;
    switch (key) {
    case KEY_TRACE:
        if (!value || strcmp(value, "both") == 0)
            options->trace = PB_TRACE_BOTH;
        else if (strcmp(value, "wire") == 0)
            options->trace = PB_TRACE_WIRE;
        else
            argp_error(state, "--trace=%s: it is --trace, --trace=both or --trace=wire", value);
        return 0;
    case KEY_RECORD:
        options->record = value;
        return 0;
    case KEY_SEED:
        errno = 0;
        options->seed = strtoull(value, &end, 10);
        if (errno || end == value || *end || *value < '0' || *value > '9')
            argp_error(state, "--seed %s: not a number from 0 to 18446744073709551615", value);
        options->seeded = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp pb_options_wire = {.options = wire_table, .parser = parse_wire};

/* ---- folders ---- */

/* mkdir -p with 0700: these folders hold private keys. */
static int make_folder(char *folder, struct pb_error *error)
{
    for (char *slash = folder + 1;; slash++) {
        if (*slash != '/' && *slash != 0)
            continue;
        char kept = *slash;
        *slash = 0;
        struct stat status;
        if (mkdir(folder, 0700) < 0 && (stat(folder, &status) < 0 || !S_ISDIR(status.st_mode))) {
            int reason = stat(folder, &status) == 0 ? ENOTDIR : errno;
            return pb_status_fail(
                error, PB_FILE,
                "the keys folder %s cannot be made: %s (choose another with --keys)", folder,
                strerror(reason));
        }
        *slash = kept;
        if (!kept)
            return PB_OK;
    }
}

int pb_options_keys_folder(const struct pb_options *options, const char *name, char *folder,
                           struct pb_error *error)
{
    char wanted[PATH_MAX];
    const char *from = options->keys, *home = getenv("HOME");
    int length;
    if (!from && (from = getenv("PLUGBOARD_KEYS")) && !*from)
        from = NULL;
    if (!from && (!home || !*home)) {
        struct passwd *me = getpwuid(getuid());
        home = me ? me->pw_dir : "/";
    }
    if (from)
        length = snprintf(wanted, sizeof wanted, "%s", from);
    else
        length = snprintf(wanted, sizeof wanted, "%s/.config/plugboard/%s", home, name);
    if (length <= 0 || (size_t)length >= sizeof wanted)
        return pb_status_fail(error, PB_USAGE, "the name of the keys folder is empty or too long");

    int result = make_folder(wanted, error);
    if (result != PB_OK)
        return result;
    if (!realpath(wanted, folder))
        return pb_status_fail(error, PB_FILE, "the keys folder %s: %s", wanted, strerror(errno));
    return PB_OK;
}

int pb_options_plugin_path(const struct pb_options *options, struct pb_plugin_path *path,
                           struct pb_error *error)
{
    return pb_plugin_path_init(path, options->plugins, options->plugin_count, error);
}

/* ---- randomness, trace ---- */

void pb_options_random(const struct pb_options *options, struct pb_random *random,
                       const char *purpose, uint64_t number, uint64_t stream)
{
    if (options->seeded)
        pb_random_seed(random, options->seed, purpose, number, stream);
    else
        pb_random_system(random);
}

int pb_options_trace(const struct pb_options *options, struct pb_trace *trace,
                     struct pb_error *error)
{
    static bool warned;
    pb_trace_init(trace);
    trace->mode = options->trace;
    if (options->trace != PB_TRACE_OFF)
        trace->trace_fd = STDERR_FILENO;
    if (options->seeded && !warned) {
        warned = true;
        pb_options_say(
            "warning: --seed %llu makes every key and number predictable: for lessons only",
            (unsigned long long)options->seed);
    }
    return options->record ? pb_trace_record(trace, options->record, error) : PB_OK;
}

/* ---- what people read ---- */

/* Writes text and a newline in one write(2), so that lines of several processes do not mix; bytes
 * that could act on a terminal are shown as \xNN, newlines apart. */
static void write_line(const char *text)
{
    size_t size = strlen(text), room = 4 * size + 2, used = 0;
    char *line = malloc(room);
    if (!line)
        return;
    for (;;) {
        size_t part = strcspn(text, "\n");
        used += pb_status_printable(line + used, room - used, text, part);
        line[used++] = '\n';
        if (!text[part])
            break;
        text += part + 1;
    }
    for (size_t done = 0; done < used;) {
        ssize_t wrote = write(STDERR_FILENO, line + done, used - done);
        if (wrote < 0 && errno != EINTR)
            break;
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    free(line);
}

void pb_options_say(const char *format, ...)
{
    va_list arguments;
    char *text = NULL;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length >= 0) {
        write_line(text);
        free(text);
    }
}

int pb_options_report(const char *command, const struct pb_error *error)
{
    pb_options_say("plugboard %s: %s", command,
                   error->text[0] ? error->text : pb_status_text(error->status));
    return pb_status_exit_code(error->status);
}

/* ---- which cipher? ---- */

static int add_name(void *context, const char *name, const char *file)
{
    char *names = context;
    size_t used = strlen(names);
    (void)file;
    snprintf(names + used, PB_ERROR_MAX - used, " %s", name);
    return 0;
}

int pb_options_ask_cipher(const char *usage, const struct pb_options *options)
{
    struct pb_plugin_path path = {0};
    struct pb_error error = {0};
    char names[PB_ERROR_MAX] = "";
    if (pb_options_plugin_path(options, &path, &error) == PB_OK)
        pb_plugin_each(&path, add_name, names);
    pb_plugin_path_free(&path);
    pb_options_say(
        "plugboard %s: which cipher? Installed:%s ('plugboard ciphers' tells what they do)", usage,
        *names ? names : " none at all");
    return 2;
}
