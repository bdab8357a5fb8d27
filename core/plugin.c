/* Loading a plugin and checking what it exports. */
#include "plugin_parts.h"

#include <dlfcn.h>
#include <link.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SESSION_SIZE_MAX (16u << 20)
#define TITLE_MAX        60  /* characters: more does not fit a line of a table */
#define SUMMARY_MAX      100 /* characters, as cipher.h says */
#define KNOWN_CLAIMS                                                                               \
    (PB_CONFIDENTIAL | PB_RANDOMISED | PB_INTEGRITY | PB_IN_PLACE | PB_PEER_AUTHENTICATION |       \
     PB_FORWARD_SECRECY | PB_TOY)

const struct pb_plugin_claim pb_plugin_claims[] = {
    {PB_CONFIDENTIAL, "confidential", "two chosen messages of one length cannot be told apart"},
    {PB_RANDOMISED, "randomised", "the same message twice gives different bytes"},
    {PB_INTEGRITY, "integrity", "nothing that the peer did not seal opens"},
    {PB_IN_PLACE, "in place", "a record opens only in its session, stream, direction and position"},
    {PB_PEER_AUTHENTICATION, "peer authentication",
     "whoever opens and seals holds the private key of that public key"},
    {PB_FORWARD_SECRECY, "forward secrecy",
     "private keys stolen later do not open recorded sessions"},
    {0, NULL, NULL},
};

int pb_plugin_fail(struct pb_error *error, const char *file, const char *format, ...)
{
    char safe[512], why[PB_ERROR_MAX - sizeof safe - 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    pb_status_printable(safe, sizeof safe, file, strlen(file));
    return pb_status_fail(error, PB_PLUGIN, "%s: %s", safe, why);
}

/* ---- linking it in ---- */

/* Turns what dlopen says into what to do. glibc: "FILE: undefined symbol: NAME", "LIBRARY: cannot
 * open shared object file: WHY". */
static int explain_dlopen(const char *file, const char *said, struct pb_error *error)
{
    static const char symbol[] = "undefined symbol: ",
                      library[] = ": cannot open shared object file";
    const char *at = said ? strstr(said, symbol) : NULL;
    if (at) {
        at += strlen(symbol);
        int length = (int)strcspn(at, ", \t(");
        return pb_plugin_fail(
            error, file,
            "undefined symbol %.*s: it is used but nowhere defined: is the name right, and "
            "did you forget to link "
            "a library (-l...) or a file?",
            length, at);
    }
    at = said ? strstr(said, library) : NULL;
    if (at)
        return pb_plugin_fail(
            error, file,
            "needs the library %.*s, which is not found on this machine: install it, or "
            "link the plugin without it",
            (int)(at - said), said);
    size_t prefix = strlen(file);
    if (said && strncmp(said, file, prefix) == 0 && strncmp(said + prefix, ": ", 2) == 0)
        said += prefix + 2;
    return pb_plugin_fail(error, file,
                          "the dynamic linker does not take it: %s: compile it with -fPIC -shared",
                          said ? said : "it does not say why");
}

/* Looks pb_cipher up, and how many bytes of it there are: a struct that says more than that must
 * not be read. */
static const struct pb_cipher *look_up(void *library, const char *file, size_t *there,
                                       struct pb_error *error)
{
    const struct pb_cipher *cipher = dlsym(library, "pb_cipher");
    const ElfW(Sym) *symbol = NULL;
    Dl_info info;
    if (!cipher) {
        pb_plugin_fail(
            error, file,
            "exports no pb_cipher: it must end with PB_EXPORT_CIPHER = {...}; (is this a plugin "
            "of Plugboard at all?)");
        return NULL;
    }
    if (!dladdr1(cipher, &info, (void **)&symbol, RTLD_DL_SYMENT) || !symbol ||
        ELF64_ST_TYPE(symbol->st_info) != STT_OBJECT ||
        symbol->st_size < offsetof(struct pb_cipher, name)) {
        pb_plugin_fail(error, file,
                       "exports something called pb_cipher that is no struct pb_cipher: write "
                       "PB_EXPORT_CIPHER = {...};");
        return NULL;
    }
    *there = symbol->st_size;
    return cipher;
}

/* ---- what it exports ---- */

static int check_version(const struct pb_cipher *cipher, size_t there, const char *file,
                         struct pb_error *error)
{
    static const char rebuild[] = "rebuild it with plugboard/cipher.h of this version";
    const size_t least = offsetof(struct pb_cipher, open) + sizeof cipher->open;
    if (cipher->abi < PB_ABI)
        return pb_plugin_fail(
            error, file,
            "built for plugin ABI %u, this program speaks %u and no longer that one: %s; "
            "it begins with .abi = "
            "PB_ABI, .size = sizeof(struct pb_cipher)",
            cipher->abi, PB_ABI, rebuild);
    if (cipher->abi > PB_ABI)
        return pb_plugin_fail(
            error, file,
            "built for plugin ABI %u, this program speaks %u: %s, or use a newer plugboard",
            cipher->abi, PB_ABI, rebuild);
    if (cipher->size < least)
        return pb_plugin_fail(
            error, file,
            "its struct pb_cipher is too short, %u bytes of at least %zu: write .size = "
            "sizeof(struct pb_cipher)",
            cipher->size, least);
    if (cipher->size > there)
        return pb_plugin_fail(
            error, file,
            "its struct pb_cipher says %u bytes but has %zu: write .size = sizeof(struct "
            "pb_cipher)",
            cipher->size, there);
    return PB_OK;
}

/* A text of 1 to most characters, all printable. */
static int check_text(const char *what, const char *text, size_t most, const char *file,
                      struct pb_error *error)
{
    char safe[8 * SUMMARY_MAX];
    if (!text || !*text)
        return pb_plugin_fail(error, file, "has no %s: write .%s = \"...\"", what, what);
    size_t size = strnlen(text, 4 * most + 1), characters = 0;
    for (size_t i = 0; i < size; i++)
        characters += ((unsigned char)text[i] & 0xc0) != 0x80;
    if (characters > most)
        return pb_plugin_fail(error, file, "its %s is too long: at most %zu characters: shorten it",
                              what, most);
    if (pb_status_printable(safe, sizeof safe, text, size) != size || memcmp(safe, text, size) != 0)
        return pb_plugin_fail(error, file, "its %s has bytes that are not printable: '%.300s'",
                              what, safe);
    return PB_OK;
}

static int check_names(const struct pb_cipher *cipher, const char *file, struct pb_error *error)
{
    char expected[PB_NAME_MAX + 1], safe[4 * (PB_NAME_MAX + 2)];
    if (pb_plugin_name_of(file, expected, error) != PB_OK)
        return PB_PLUGIN;
    if (!cipher->name || !*cipher->name)
        return pb_plugin_fail(error, file, "has no name: write .name = \"%s\"", expected);
    pb_status_printable(safe, sizeof safe, cipher->name, strnlen(cipher->name, PB_NAME_MAX + 1));
    if (!pb_plugin_name_valid(cipher->name))
        return pb_plugin_fail(
            error, file,
            "calls its cipher '%s': a name is 1 to %d of a-z, 0-9, _ and -: write .name = \"%s\"",
            safe, PB_NAME_MAX, expected);
    if (strcmp(cipher->name, expected) != 0)
        return pb_plugin_fail(
            error, file,
            "the cipher in it is called %s: name the file %s.so, or write .name = \"%s\"", safe,
            safe, expected);
    if (check_text("title", cipher->title, TITLE_MAX, file, error) != PB_OK)
        return PB_PLUGIN;
    return check_text("summary", cipher->summary, SUMMARY_MAX, file, error);
}

static int check_numbers(const struct pb_cipher *cipher, const char *file, struct pb_error *error)
{
    if (cipher->format < 1 || cipher->format > UINT16_MAX)
        return pb_plugin_fail(
            error, file,
            "its wire format number is %u: from 1 to 65535 is possible: write .format = 1",
            cipher->format);
    if (cipher->claims & ~(uint32_t)KNOWN_CLAIMS)
        return pb_plugin_fail(
            error, file,
            "claims something that this program does not know (bits 0x%x of claims): use "
            "only enum pb_claim",
            cipher->claims & ~(uint32_t)KNOWN_CLAIMS);
    if (cipher->session_size == 0)
        return pb_plugin_fail(error, file,
                              "says that a stream needs 0 bytes of memory: write .session_size = "
                              "sizeof(struct ...), at least 1");
    if (cipher->session_size > SESSION_SIZE_MAX)
        return pb_plugin_fail(
            error, file,
            "says that a stream needs %zu bytes of memory: at most %u are given: make "
            ".session_size smaller",
            cipher->session_size, SESSION_SIZE_MAX);
    if (!cipher->sealed_max && cipher->overhead > PB_SEALED_MAX - PB_MESSAGE_MAX)
        return pb_plugin_fail(
            error, file,
            "says that a sealed message is %zu bytes longer than the plain one: at most %u "
            "are possible: "
            "make .overhead smaller",
            cipher->overhead, PB_SEALED_MAX - PB_MESSAGE_MAX);
    return PB_OK;
}

static int check_verbs(const struct pb_cipher *cipher, const char *file, struct pb_error *error)
{
    const struct {
        const char *name;
        bool there;
    } verbs[] = {
        {"keygen", cipher->keygen != NULL},
        {"start", cipher->start != NULL},
        {"seal", cipher->seal != NULL},
        {"open", cipher->open != NULL},
    };
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (!verbs[i].there)
            return pb_plugin_fail(
                error, file,
                "has no %s: a cipher needs keygen, start, seal and open: write .%s = ...",
                verbs[i].name, verbs[i].name);
    return PB_OK;
}

int pb_plugin_load(struct pb_plugin *plugin, const char *file, struct pb_error *error)
{
    size_t there = 0;
    memset(plugin, 0, sizeof *plugin);
    /* Without a '/' dlopen would search the system's libraries instead. */
    int length =
        snprintf(plugin->file, sizeof plugin->file, "%s%s", strchr(file, '/') ? "" : "./", file);
    if (length < 0 || (size_t)length >= sizeof plugin->file)
        return pb_plugin_fail(error, file, "the path is too long: at most %zu bytes are possible",
                              sizeof plugin->file - 1);
    char name[PB_NAME_MAX + 1];
    if (pb_pluginfile_check(file, error) != PB_OK || pb_plugin_name_of(file, name, error) != PB_OK)
        goto out;

    plugin->library = dlopen(plugin->file, RTLD_NOW | RTLD_LOCAL);
    if (!plugin->library) {
        explain_dlopen(plugin->file, dlerror(), error);
        goto out;
    }
    const struct pb_cipher *cipher = look_up(plugin->library, file, &there, error);
    if (!cipher || check_version(cipher, there, file, error) != PB_OK)
        goto out;

    /* The smaller of both sizes, and only whole members of it; the rest stays NULL or 0. */
    size_t size = cipher->size < sizeof plugin->copy ? cipher->size : sizeof plugin->copy;
    memcpy(&plugin->copy, cipher, size - size % sizeof(void *));
    if (check_names(&plugin->copy, file, error) != PB_OK ||
        check_numbers(&plugin->copy, file, error) != PB_OK ||
        check_verbs(&plugin->copy, file, error) != PB_OK)
        goto out;
    plugin->cipher = &plugin->copy;
    return PB_OK;
out:
    pb_plugin_unload(plugin);
    return PB_PLUGIN;
}

void pb_plugin_unload(struct pb_plugin *plugin)
{
    if (plugin->library)
        dlclose(plugin->library);
    memset(plugin, 0, sizeof *plugin);
}
