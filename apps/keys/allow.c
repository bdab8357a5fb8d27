/* plugboard allow: the command line, and the list as it is. */
#include "allow.h"

#include "columns.h"
#include "command.h"
#include "ownkeys.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { KEY_REFUSED = 0x3000, WORDS_MAX = 256, KEY_START = 40 };

struct allow {
    struct pb_options options;
    bool refused;
    const char *word[WORDS_MAX];
    size_t count;
};

static const struct argp_option table[] = {
    {"refused", KEY_REFUSED, NULL, 0,
     "show who was refused; with numbers of that list, or 'all', take them in", 0},
    {0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
    struct allow *allow = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &allow->options;
        return 0;
    case KEY_REFUSED:
        allow->refused = true;
        return 0;
    case ARGP_KEY_ARG:
        if (allow->count == WORDS_MAX)
            argp_error(state, "too many words");
        allow->word[allow->count++] = value;
        return 0;
    case ARGP_KEY_END:
        if (!allow->refused && allow->count > 2)
            argp_error(state, "'%s' is too much: it is one NAME and one FILE", allow->word[2]);
        if (!allow->refused && allow->count > 0 &&
            pb_field_name(allow->word[0], strlen(allow->word[0])))
            argp_error(state, "the name '%s' %s", allow->word[0],
                       pb_field_name(allow->word[0], strlen(allow->word[0])));
        for (size_t i = 0; allow->refused && i < allow->count; i++)
            if (strcmp(allow->word[i], "all") == 0
                    ? allow->count > 1
                    : pb_field_number(allow->word[i], strlen(allow->word[i])) != NULL)
                argp_error(
                    state,
                    "--refused %s: it is 'all', or numbers of the list that --refused alone shows",
                    allow->word[i]);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&pb_options_common, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .options = table,
    .parser = parse,
    .args_doc = "\nNAME [FILE]\n--refused [N...|all]",
    .doc =
        "The list of those who may talk to this server (allowed.csv of the server's keys folder).\v"
        "Without anything it is shown. With a NAME, rows 'cipher,public' as 'plugboard pubkey' "
        "prints them "
        "are added under that name: from FILE (- is standard input), from a pipe, or typed at a "
        "prompt.\n"
        "With --refused, those who came and were not on the list are shown with numbers; those "
        "chosen are "
        "taken in under the names they claimed. A key is never added to a name that has another "
        "one.\n\n"
        "  plugboard allow ada ada.csv\n"
        "  plugboard allow --refused\n"
        "  plugboard allow --refused 2",
    .children = children,
};

/* ---- the list ---- */

static int show(const char *folder)
{
    static const int order[] = {0, 1, 2};
    struct pb_allowlist list = {0};
    struct pb_error error = {0};
    int result = pb_allowlist_read(&list, folder, &pb_ownkeys_report, &error);
    if (result == PB_OK && !pb_table_next(&list.table, NULL))
        pb_options_say("nobody is allowed yet (%s/%s)", folder, PB_ALLOWLIST);
    else if (result == PB_OK)
        result = pb_columns_print(&list.table, order, sizeof order / sizeof *order, &error);
    pb_allowlist_free(&list);
    return result == PB_OK ? 0 : pb_options_report("allow", &error);
}

/* With the start of the key: the list of --refused may have changed since its numbers were read. */
static void tell_added(const struct pb_allowlist_entry *entry, const char *where)
{
    const char *key = entry->public_key;
    pb_options_say("%s: %s key %.*s%s added%s", entry->name, entry->cipher, KEY_START, key,
                   strlen(key) > KEY_START ? "..." : "", where);
}

size_t pb_allow_tell(const char *folder, const struct pb_allowlist_entry *entries, size_t count)
{
    char where[PATH_MAX + 32];
    size_t failed = 0;
    snprintf(where, sizeof where, " to %s/%s", folder, PB_ALLOWLIST);
    for (size_t i = 0; i < count; i++) {
        const struct pb_allowlist_entry *entry = &entries[i];
        switch (entry->outcome) {
        case PB_ALLOWLIST_ADDED:
            tell_added(entry, where);
            *where = 0; /* the file is named once */
            continue;
        case PB_ALLOWLIST_THERE:
            pb_options_say("%s: this %s key is on the list already", entry->name, entry->cipher);
            continue;
        case PB_ALLOWLIST_KEY_USED:
            pb_options_say("%s: not added: this %s key is %s's, and one key cannot be two people",
                           entry->name, entry->cipher, entry->other);
            break;
        case PB_ALLOWLIST_NAME_USED:
            pb_options_say("%s: not added: %s has another %s key already. If both are the same "
                           "person: plugboard deny %s, then "
                           "again, or plugboard allow %s with the row",
                           entry->name, entry->name, entry->cipher, entry->name, entry->name);
            break;
        case PB_ALLOWLIST_DISPUTED:
            pb_options_say("%s: not added: more than one claims this name or this key under %s. "
                           "Ask who is who, then choose by number",
                           entry->name, entry->cipher);
            break;
        case PB_ALLOWLIST_BAD:
            pb_options_say("'%s': not added: %s (give a name yourself: plugboard allow NAME, with "
                           "the row %s,KEY)",
                           entry->name, entry->why, entry->cipher);
            break;
        }
        failed++;
    }
    return failed;
}

int pb_command_allow(int argc, char **argv)
{
    struct allow allow = {0};
    struct pb_error error = {0};
    char folder[PATH_MAX];
    argp_parse(&argp, argc, argv, 0, NULL, &allow);
    if (pb_options_keys_folder(&allow.options, "server", folder, &error) != PB_OK)
        return pb_options_report("allow", &error);
    if (allow.refused)
        return pb_allow_refused(folder, allow.word, allow.count);
    return allow.count ? pb_allow_rows(folder, allow.word[0], allow.word[1]) : show(folder);
}
