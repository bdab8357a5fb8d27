/* plugboard ciphers [NAME]: what is installed and what each claims; a broken plugin with its
 * reason. */
#include "command.h"
#include "lab/look.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct row {
    struct pb_look look;
    struct pb_error error; /* PB_OK: look is good */
    char *name;            /* owned; from the file's name */
    char *file;            /* owned */
};

struct table {
    struct row *rows;
    size_t count;
    bool no_memory;
};

/* ---- the table ---- */

static int add_row(void *context, const char *name, const char *file)
{
    struct table *table = context;
    struct row *rows = realloc(table->rows, (table->count + 1) * sizeof *rows);
    if (rows) {
        table->rows = rows;
        struct row *row = &rows[table->count];
        memset(row, 0, sizeof *row);
        row->name = strdup(name);
        row->file = strdup(file);
        if (row->name && row->file) {
            table->count++;
            return 0;
        }
        free(row->name);
        free(row->file);
    }
    table->no_memory = true;
    return 1;
}

static void free_table(struct table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        free(table->rows[i].name);
        free(table->rows[i].file);
    }
    free(table->rows);
}

/* Columns that a terminal shows for text of UTF-8: characters, not bytes. */
static int width_of(const char *text)
{
    int width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static int widest(int width, const char *text)
{
    return width_of(text) > width ? width_of(text) : width;
}

/* Left-aligned to width columns, and two more. */
static void print_cell(const char *text, int width)
{
    printf("%s%*s", text, width - width_of(text) + 2, "");
}

/* One letter a claim, the first of its word where that is free, at the claim's own place: columns
 * can be compared. */
static const char letters[] = "CRIPAF";

static void mark_claims(uint32_t claims, char *marks)
{
    size_t i = 0;
    for (; pb_plugin_claims[i].word && letters[i]; i++)
        marks[i] = claims & pb_plugin_claims[i].bit ? letters[i] : '-';
    marks[i] = 0;
}

static void print_legend(void)
{
    printf("\nclaims:");
    for (size_t i = 0; pb_plugin_claims[i].word && letters[i]; i++)
        printf("%s %c %s", i ? "," : "", letters[i], pb_plugin_claims[i].word);
    printf("\nAll of one cipher: plugboard ciphers NAME\n");
}

static void print_good(const struct table *table)
{
    int name = width_of("cipher"), title = width_of("title");
    size_t good = 0;
    for (size_t i = 0; i < table->count; i++) {
        if (table->rows[i].error.status != PB_OK)
            continue;
        good++;
        name = widest(name, table->rows[i].look.name);
        title = widest(title, table->rows[i].look.title);
    }
    if (good == 0)
        return;
    print_cell("cipher", name);
    print_cell("toy", 3);
    print_cell("claims", 6);
    print_cell("title", title);
    puts("file");
    for (size_t i = 0; i < table->count; i++) {
        const struct pb_look *look = &table->rows[i].look;
        char marks[sizeof letters], file[PATH_MAX];
        if (table->rows[i].error.status != PB_OK)
            continue;
        mark_claims(look->cipher.claims, marks);
        pb_status_printable(file, sizeof file, look->file, strlen(look->file));
        print_cell(look->name, name);
        print_cell(look->cipher.claims & PB_TOY ? "toy" : "-", 3);
        print_cell(marks, 6);
        print_cell(look->title, title);
        puts(file);
    }
    print_legend();
}

static void print_broken(const struct table *table)
{
    bool first = true, good = false;
    for (size_t i = 0; i < table->count; i++)
        good |= table->rows[i].error.status == PB_OK;
    for (size_t i = 0; i < table->count; i++) {
        char name[256];
        if (table->rows[i].error.status == PB_OK)
            continue;
        if (first)
            printf("%scannot be used:\n", good ? "\n" : "");
        first = false;
        pb_status_printable(name, sizeof name, table->rows[i].name, strlen(table->rows[i].name));
        printf("  %s: %s\n", name, table->rows[i].error.text);
    }
}

static int list_all(const struct pb_plugin_path *path, struct pb_error *error)
{
    struct table table = {0};
    int status = PB_OK;
    pb_plugin_each(path, add_row, &table);
    pb_plugin_each_misnamed(path, add_row, &table);
    if (table.no_memory) {
        status = pb_status_fail(error, PB_SYSTEM, "no memory for the table of ciphers");
        goto out;
    }
    if (table.count == 0) {
        char folders[PB_ERROR_MAX / 2] = "";
        for (size_t i = 0, used = 0; i < path->count && used < sizeof folders; i++)
            used += (size_t)snprintf(folders + used, sizeof folders - used, "%s%s", i ? ", " : "",
                                     path->folders[i]);
        status = pb_status_fail(
            error, PB_NOT_FOUND,
            "no cipher is installed. Searched: %s (another folder: --plugins DIR)", folders);
        goto out;
    }
    for (size_t i = 0; i < table.count; i++) {
        struct row *row = &table.rows[i];
        int result = pb_look_at(&row->look, row->file, false, &row->error);
        (void)result; /* it is in row->error */
    }
    print_good(&table);
    print_broken(&table);
out:
    free_table(&table);
    return status;
}

/* ---- one cipher ---- */

/* The names of the verbs whose bit is set, after `before`; nothing if there are none. */
static void print_verbs(const char *before, uint32_t verbs)
{
    static const char *const names[] = {"keygen",     "start", "seal",  "open",
                                        "sealed_max", "stop",  "greet", "explain"};
    if (verbs == 0)
        return;
    printf("%s", before);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (verbs & 1u << i)
            printf(" %s", names[i]);
}

static void print_one(const struct pb_look *look)
{
    const struct pb_cipher *cipher = &look->cipher;
    char file[PATH_MAX], options[4 * sizeof look->options];
    pb_status_printable(file, sizeof file, look->file, strlen(look->file));
    pb_status_printable(options, sizeof options, look->options, strlen(look->options));
    printf("%s: %s\n%s\n", look->name, look->title, look->summary);
    if (cipher->claims & PB_TOY)
        puts("This is a toy: made to be broken, never to protect anything.");
    printf("\n  file            %s\n", file);
    printf("  wire format     %u\n", cipher->format);
    printf("  plugin ABI      %u\n", cipher->abi);
    printf("  session memory  %zu byte%s for each stream\n", cipher->session_size,
           cipher->session_size == 1 ? "" : "s");
    if (look->verbs & PB_LOOK_SEALED_MAX)
        printf("  sealed size     depends on keys and message (sealed_max)\n");
    else
        printf("  sealed size     that of the message and %zu byte%s\n", cipher->overhead,
               cipher->overhead == 1 ? "" : "s");
    print_verbs("  verbs          ", look->verbs);
    print_verbs("; without", ~look->verbs & PB_LOOK_ALL);
    putchar('\n');
    printf("  key options     %s\n", *options ? options : "it does not say");
    puts("\nclaims (plugboard check attacks what is claimed):");
    for (const struct pb_plugin_claim *claim = pb_plugin_claims; claim->word; claim++)
        printf("  %-11s  %s: %s\n", cipher->claims & claim->bit ? "claimed" : "not claimed",
               claim->word, claim->sentence);
}

static int show_one(const struct pb_plugin_path *path, const char *name, struct pb_error *error)
{
    static struct pb_look look;
    char file[PATH_MAX];
    int status = pb_plugin_find(path, name, file, error);
    if (status == PB_OK)
        status = pb_look_at(&look, file, true, error);
    if (status == PB_OK)
        print_one(&look);
    return status;
}

/* ---- the command ---- */

struct arguments {
    struct pb_options options;
    const char *name;
};

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->options;
        return 0;
    case ARGP_KEY_ARG:
        if (arguments->name)
            argp_error(state, "one cipher at a time: %s or %s?", arguments->name, value);
        arguments->name = value;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int pb_command_ciphers(int argc, char **argv)
{
    static const struct argp_child children[] = {{&pb_options_common, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .parser = parse,
        .args_doc = "[NAME | FILE]",
        .doc = "Lists the ciphers that are installed, what each claims, and why a broken one "
               "cannot be used. "
               "With NAME, or the path of a plugin with a '/' in it: everything about that one.\v"
               "Each plugin is loaded in a process of its own for a moment. Exit code 4: the one "
               "that was named cannot be used.",
        .children = children,
    };
    struct arguments arguments = {0};
    struct pb_plugin_path path = {0};
    struct pb_error error = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &arguments);
    int status = pb_options_plugin_path(&arguments.options, &path, &error);
    if (status == PB_OK)
        status = arguments.name ? show_one(&path, arguments.name, &error) : list_all(&path, &error);
    pb_plugin_path_free(&path);
    if (status != PB_OK)
        return pb_options_report("ciphers", &error);
    return fflush(stdout) == 0 ? 0 : 1;
}
