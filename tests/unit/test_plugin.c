/* Loading plugins: each way to be wrong has its own sentence, and what is right loads. */
#include "plugin.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/plugboard-test-XXXXXX";

/* Loads a file that must not load; its sentence must name the file and hold every fragment. */
static void assert_refused(const char *file, const char *const *fragments)
{
    struct pb_plugin plugin;
    struct pb_error error = {0};
    assert_int_equal(pb_plugin_load(&plugin, file, &error), PB_PLUGIN);
    assert_int_equal(error.status, PB_PLUGIN);
    assert_null(plugin.library);
    assert_null(plugin.cipher);
    if (strncmp(error.text, file, strlen(file)) != 0)
        fail_msg("does not begin with %s: %s", file, error.text);
    for (; *fragments; fragments++)
        if (!strstr(error.text, *fragments))
            fail_msg("no '%s' in: %s", *fragments, error.text);
    assert_null(strchr(error.text, '\n'));
    assert_null(strchr(error.text, '\x1b'));
    pb_plugin_unload(&plugin);
}
#define assert_refused(file, ...) assert_refused(file, (const char *const[]){__VA_ARGS__, NULL})

/* A file in the test's folder with these bytes. */
static const char *make_file(const char *name, const void *bytes, size_t size)
{
    static char file[PATH_MAX];
    snprintf(file, sizeof file, "%s/%s", folder, name);
    FILE *out = fopen(file, "w");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, size, out), size);
    assert_int_equal(fclose(out), 0);
    return file;
}

/* All bytes of the plugin that is right; to be freed. */
static unsigned char *read_identity(size_t *size)
{
    FILE *in = fopen(TEST_PLUGINS "/identity.so", "r");
    assert_non_null(in);
    fseek(in, 0, SEEK_END);
    *size = (size_t)ftell(in);
    rewind(in);
    unsigned char *bytes = malloc(*size);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size, in), *size);
    fclose(in);
    return bytes;
}

/* A correct plugin loads, its struct is copied whole, and it can be unloaded twice. */
static void loads(void **state)
{
    struct pb_plugin plugin;
    struct pb_error error = {0};
    (void)state;
    if (pb_plugin_load(&plugin, TEST_PLUGINS "/identity.so", &error) != PB_OK)
        fail_msg("%s", error.text);
    assert_ptr_equal(plugin.cipher, &plugin.copy);
    assert_string_equal(plugin.cipher->name, "identity");
    assert_string_equal(plugin.file, TEST_PLUGINS "/identity.so");
    assert_non_null(plugin.cipher->open);
    assert_null(plugin.cipher->stop);
    pb_plugin_unload(&plugin);
    assert_null(plugin.cipher);
    pb_plugin_unload(&plugin);
}

/* A struct that a later version made longer loads; one of which an earlier version knew only the
 * beginning loads too, and what lies behind its end is not taken for a verb. */
static void reads_the_smaller_struct(void **state)
{
    struct pb_plugin plugin;
    struct pb_error error = {0};
    (void)state;
    assert_int_equal(pb_plugin_load(&plugin, TEST_PLUGINS "/longer_struct.so", &error), PB_OK);
    assert_true(plugin.copy.size > sizeof(struct pb_cipher));
    pb_plugin_unload(&plugin);
    assert_int_equal(pb_plugin_load(&plugin, TEST_PLUGINS "/required_only.so", &error), PB_OK);
    assert_non_null(plugin.cipher->open);
    assert_null(plugin.cipher->stop);
    pb_plugin_unload(&plugin);
}

/* The plugin that uses greet has it. */
static void keeps_optional_verbs(void **state)
{
    struct pb_plugin plugin;
    struct pb_error error = {0};
    (void)state;
    assert_int_equal(pb_plugin_load(&plugin, TEST_PLUGINS "/ephemeral.so", &error), PB_OK);
    assert_non_null(plugin.cipher->greet);
    assert_non_null(plugin.cipher->explain);
    assert_null(plugin.cipher->sealed_max);
    pb_plugin_unload(&plugin);
}

/* Each test plugin that is wrong in one place is refused with the sentence of that place. */
static void refuses_broken_plugins(void **state)
{
    (void)state;
#define FILE_OF(name) TEST_PLUGINS "/" name ".so"
    assert_refused(FILE_OF("no_symbol"), "exports no pb_cipher", "PB_EXPORT_CIPHER");
    assert_refused(FILE_OF("symbol_is_function"), "is no struct pb_cipher", "PB_EXPORT_CIPHER");
    assert_refused(FILE_OF("old_abi"), "built for plugin ABI 0, this program speaks 1", "no longer",
                   "rebuild it with plugboard/cipher.h");
    assert_refused(FILE_OF("new_abi"), "built for plugin ABI 2, this program speaks 1",
                   "rebuild it with plugboard/cipher.h", "newer plugboard");
    assert_refused(FILE_OF("short_struct"), "too short", ".size = sizeof(struct pb_cipher)");
    assert_refused(FILE_OF("lie_struct"), "says", "but has", ".size = sizeof(struct pb_cipher)");
    assert_refused(FILE_OF("missing_keygen"), "has no keygen", "write .keygen =");
    assert_refused(FILE_OF("missing_start"), "has no start", "write .start =");
    assert_refused(FILE_OF("missing_seal"), "has no seal", "write .seal =");
    assert_refused(FILE_OF("missing_open"), "has no open", "write .open =");
    assert_refused(FILE_OF("wrong_name"), "called another", "another.so", ".name = \"wrong_name\"");
    assert_refused(FILE_OF("bad_name"), "calls its cipher '../Bad\\x1b'", ".name = \"bad_name\"");
    assert_refused(FILE_OF("no_name"), "has no name", ".name = \"no_name\"");
    assert_refused(FILE_OF("no_title"), "has no title", "write .title");
    assert_refused(FILE_OF("no_summary"), "has no summary", "write .summary");
    assert_refused(FILE_OF("long_summary"), "summary is too long", "at most 100");
    assert_refused(FILE_OF("escape_title"), "not printable", "\\x1b[2J");
    assert_refused(FILE_OF("bad_format"), "wire format number is 65536", "1 to 65535");
    assert_refused(FILE_OF("no_format"), "wire format number is 0", "write .format");
    assert_refused(FILE_OF("bad_claims"), "bits 0x200", "enum pb_claim");
    assert_refused(FILE_OF("bad_size"), "0 bytes of memory", ".session_size");
    assert_refused(FILE_OF("huge_size"), "needs 16777217 bytes", "at most 16777216");
    assert_refused(FILE_OF("huge_overhead"), "16777216 bytes longer", "at most 15728640",
                   ".overhead");
}

/* What the dynamic linker misses is named: the symbol, the library. */
static void names_what_linking_misses(void **state)
{
    (void)state;
    assert_refused(FILE_OF("undefined_symbol"),
                   "undefined symbol pb_test_forgotten:", "did you forget to link");
    assert_refused(FILE_OF("missing_library"), "needs the library libplugboard_gone.so,",
                   "install it");
}

/* Files that are no shared objects are told apart: nothing there, a folder, empty, text, an
 * archive, anything else. */
static void refuses_other_files(void **state)
{
    char text[PATH_MAX];
    (void)state;
    snprintf(text, sizeof text, "%s/absent.so", folder);
    assert_refused(text, "no such file", "compiled?");
    assert_refused(folder, "a folder");
    assert_refused(make_file("empty.so", "", 0), "an empty file", "disk full");
    assert_refused(make_file("text.so", "int x;\n", 7), "not a shared object but a text file",
                   "cc -std=c11");
    assert_refused(make_file("archive.so", "!<arch>\nabc", 11), "a static library");
    assert_refused(make_file("other.so", "\x89PNG\0\0\0\0", 8),
                   "not a shared object but something else");

    snprintf(text, sizeof text, "%s/dangling.so", folder);
    assert_int_equal(symlink("/nonexistent/x.so", text), 0);
    assert_refused(text, "a link to a file that is not there");
    assert_int_equal(unlink(text), 0);
    snprintf(text, sizeof text, "%s/fifo.so", folder);
    assert_int_equal(mkfifo(text, 0600), 0);
    assert_refused(text, "not an ordinary file");
    assert_int_equal(unlink(text), 0);
}

/* A file whose permissions keep us out is said to, with the command. (Root may read everything, so
 * be somebody else meanwhile.) */
static void refuses_unreadable_files(void **state)
{
    const char *file = make_file("secret.so", "x", 1);
    bool root = geteuid() == 0;
    (void)state;
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(chmod(file, 0), 0);
    assert_int_equal(root ? seteuid(65534) : 0, 0);
    assert_refused(file, "may not be read", "chmod a+r");
    assert_int_equal(root ? seteuid(0) : 0, 0);
}

/* A plugin that was built for another machine, word size or byte order is named as such before
 * anything of it is run. */
static void refuses_other_machines(void **state)
{
    size_t size;
    unsigned char *bytes = read_identity(&size);
    Elf64_Ehdr *header = (Elf64_Ehdr *)bytes;
    (void)state;
    uint16_t machine = header->e_machine;
    header->e_machine = machine == EM_AARCH64 ? EM_X86_64 : EM_AARCH64;
    assert_refused(make_file("identity.so", bytes, size), "built for",
                   machine == EM_AARCH64 ? "x86-64" : "AArch64", "this program runs on",
                   "compile the plugin again");
    header->e_machine = 0x1234;
    assert_refused(make_file("identity.so", bytes, size), "built for machine number 4660");
    header->e_machine = EM_386;
    header->e_ident[EI_CLASS] = ELFCLASS32;
    assert_refused(make_file("identity.so", bytes, size), "built for x86 (32 bits");
    header->e_ident[EI_CLASS] = ELFCLASS64;
    header->e_ident[EI_DATA] = header->e_ident[EI_DATA] == ELFDATA2LSB ? ELFDATA2MSB : ELFDATA2LSB;
    header->e_machine = __builtin_bswap16(EM_S390);
    assert_refused(make_file("identity.so", bytes, size), "built for s390 (64 bits, big-endian)");
    free(bytes);
}

/* An object file and a program are ELF too, but no shared objects. */
static void refuses_other_elf_files(void **state)
{
    size_t size;
    unsigned char *bytes = read_identity(&size);
    Elf64_Ehdr *header = (Elf64_Ehdr *)bytes;
    (void)state;
    header->e_type = ET_REL;
    assert_refused(make_file("identity.so", bytes, size), "an object file", "cc -shared");
    header->e_type = ET_EXEC;
    assert_refused(make_file("identity.so", bytes, size), "a program", "-fPIC -shared");
    header->e_type = ET_DYN;
    header->e_phentsize = 7;
    assert_refused(make_file("identity.so", bytes, size), "damaged");
    free(bytes);
}

/* A plugin that is cut at any place is refused as cut short, and never crashes the loader; whole,
 * it loads. */
static void refuses_truncated_files(void **state)
{
    size_t size;
    unsigned char *bytes = read_identity(&size);
    struct pb_plugin plugin;
    (void)state;
    assert_refused(make_file("identity.so", bytes, 3), "not a shared object");
    assert_refused(make_file("identity.so", bytes, 20), "cut short");
    for (size_t cut = sizeof(Elf64_Ehdr); cut < size; cut += 499)
        assert_refused(make_file("identity.so", bytes, cut), "cut short",
                       "copy or compile it again");
    assert_refused(make_file("identity.so", bytes, size - 1), "cut short");
    assert_int_equal(pb_plugin_load(&plugin, make_file("identity.so", bytes, size), NULL), PB_OK);
    pb_plugin_unload(&plugin);
    free(bytes);
}

/* The file's name must be one that a cipher can have. */
static void refuses_misnamed_files(void **state)
{
    size_t size;
    unsigned char *bytes = read_identity(&size);
    (void)state;
    assert_refused(make_file("My Cipher.so", bytes, size), "a plugin's file is called NAME.so",
                   "rename it");
    assert_refused(make_file("identity.dll", bytes, size), "a plugin's file is called NAME.so");
    assert_refused(make_file("identity.so.1", bytes, size), "a plugin's file is called NAME.so");
    free(bytes);
}

/* A name without '/' is a file of the working folder here, never one of the system's libraries. */
static void loads_from_the_working_folder(void **state)
{
    struct pb_plugin plugin;
    struct pb_error error = {0};
    char before[PATH_MAX];
    (void)state;
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(TEST_PLUGINS), 0);
    assert_int_equal(pb_plugin_load(&plugin, "identity.so", &error), PB_OK);
    assert_string_equal(plugin.file, "./identity.so");
    pb_plugin_unload(&plugin);
    assert_int_equal(chdir(before), 0);
}

/* Every claim of the ABI has a word and a sentence; the flag `toy` is none of them. */
static void describes_every_claim(void **state)
{
    uint32_t all = 0;
    (void)state;
    for (const struct pb_plugin_claim *claim = pb_plugin_claims; claim->word; claim++) {
        assert_true(strlen(claim->sentence) > 10);
        assert_int_equal(all & claim->bit, 0);
        all |= claim->bit;
    }
    assert_int_equal(all, PB_CONFIDENTIAL | PB_RANDOMISED | PB_INTEGRITY | PB_IN_PLACE |
                              PB_PEER_AUTHENTICATION | PB_FORWARD_SECRECY);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[PATH_MAX];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loads),
        cmocka_unit_test(reads_the_smaller_struct),
        cmocka_unit_test(keeps_optional_verbs),
        cmocka_unit_test(refuses_broken_plugins),
        cmocka_unit_test(names_what_linking_misses),
        cmocka_unit_test(refuses_other_files),
        cmocka_unit_test(refuses_unreadable_files),
        cmocka_unit_test(refuses_other_machines),
        cmocka_unit_test(refuses_other_elf_files),
        cmocka_unit_test(refuses_truncated_files),
        cmocka_unit_test(refuses_misnamed_files),
        cmocka_unit_test(loads_from_the_working_folder),
        cmocka_unit_test(describes_every_claim),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
