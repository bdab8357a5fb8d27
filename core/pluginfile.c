/* The file of a plugin, before anything of it runs: a shared object for this machine, and all of it
 * there? */
#include "plugin_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The linker puts this at our own ELF header: the machine that this program itself was built for.
 */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

/* What the first bytes of a file say that it is, if it is not ELF. */
static const char *kind_of(const unsigned char *bytes, size_t size)
{
    if (size >= 7 && memcmp(bytes, "!<arch>", 7) == 0)
        return "a static library (.a)";
    for (size_t i = 0; i < size; i++)
        if ((bytes[i] < 0x20 && !strchr("\t\n\r\f", bytes[i])) || bytes[i] == 0x7f || bytes[i] == 0)
            return "something else";
    return "a text file";
}

static void describe_machine(const unsigned char *ident, unsigned machine, char *text, size_t size)
{
    static const struct {
        unsigned machine;
        const char *name;
    } machines[] = {
        {EM_X86_64, "x86-64"}, {EM_AARCH64, "AArch64"}, {EM_386, "x86"},     {EM_ARM, "ARM"},
        {EM_RISCV, "RISC-V"},  {EM_PPC64, "PowerPC"},   {EM_PPC, "PowerPC"}, {EM_S390, "s390"},
        {EM_MIPS, "MIPS"},     {EM_SPARCV9, "SPARC"},
    };
    char number[32];
    const char *name = number;
    snprintf(number, sizeof number, "machine number %u", machine);
    for (size_t i = 0; i < sizeof machines / sizeof *machines; i++)
        if (machines[i].machine == machine)
            name = machines[i].name;
    snprintf(text, size, "%s (%s, %s)", name, ident[EI_CLASS] == ELFCLASS64 ? "64 bits" : "32 bits",
             ident[EI_DATA] == ELFDATA2MSB ? "big-endian" : "little-endian");
}

static int check_machine(const ElfW(Ehdr) * header, const char *file, struct pb_error *error)
{
    const unsigned char *ident = header->e_ident, *own = __ehdr_start.e_ident;
    /* e_machine lies at the same place in every ELF file, but in the byte order of its machine. */
    bool swapped = ident[EI_DATA] != own[EI_DATA];
    unsigned machine = swapped ? __builtin_bswap16(header->e_machine) : header->e_machine;
    char theirs[80], ours[80];
    if (!swapped && ident[EI_CLASS] == own[EI_CLASS] && machine == __ehdr_start.e_machine)
        return PB_OK;
    describe_machine(ident, machine, theirs, sizeof theirs);
    describe_machine(own, __ehdr_start.e_machine, ours, sizeof ours);
    return pb_plugin_fail(
        error, file,
        "built for %s, this program runs on %s: compile the plugin again on this machine", theirs,
        ours);
}

/* dlopen maps what the program headers say; a file that ends before that would crash us with
 * SIGBUS. The section headers lie at the very end: nothing needs them here, but without them the
 * copy is not whole. */
static int check_whole(int fd, const ElfW(Ehdr) * header, uint64_t file_size, const char *file,
                       struct pb_error *error)
{
    uint64_t needed = header->e_phoff + (uint64_t)header->e_phnum * sizeof(ElfW(Phdr));
    for (unsigned i = 0; i < header->e_phnum && needed <= file_size; i++) {
        ElfW(Phdr) segment;
        if (header->e_phentsize != sizeof segment ||
            pread(fd, &segment, sizeof segment, (off_t)(header->e_phoff + i * sizeof segment)) !=
                (ssize_t)sizeof segment)
            return pb_plugin_fail(error, file, "a damaged shared object: compile it again");
        if (segment.p_filesz > UINT64_MAX - segment.p_offset)
            return pb_plugin_fail(error, file, "a damaged shared object: compile it again");
        if (segment.p_offset + segment.p_filesz > needed)
            needed = segment.p_offset + segment.p_filesz;
    }
    uint64_t sections = (uint64_t)header->e_shnum * header->e_shentsize;
    if (header->e_shoff != 0 && header->e_shoff < UINT64_MAX - sections &&
        header->e_shoff + sections > needed)
        needed = header->e_shoff + sections;
    if (needed > file_size)
        return pb_plugin_fail(
            error, file,
            "cut short: %llu bytes are there, at least %llu are needed: copy or compile it again",
            (unsigned long long)file_size, (unsigned long long)needed);
    return PB_OK;
}

static int check_header(int fd, uint64_t file_size, const char *file, struct pb_error *error)
{
    ElfW(Ehdr) header = {0};
    ssize_t got = pread(fd, &header, sizeof header, 0);
    size_t size = got > 0 ? (size_t)got : 0;
    if (got < 0)
        return pb_plugin_fail(error, file, "cannot be read: %s", strerror(errno));
    if (size == 0)
        return pb_plugin_fail(
            error, file,
            "an empty file, not a shared object: compile the plugin again (is the disk full?)");
    if (size < SELFMAG || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
        return pb_plugin_fail(error, file,
                              "not a shared object but %s: compile the plugin, for example with "
                              "cc -std=c11 -O2 -fPIC -shared -fvisibility=hidden -o NAME.so NAME.c",
                              kind_of(header.e_ident, size));
    if (size < sizeof header)
        return pb_plugin_fail(
            error, file,
            "cut short: the file ends within its first %zu bytes: copy or compile it again",
            sizeof header);
    if (check_machine(&header, file, error) != PB_OK)
        return PB_PLUGIN;
    if (header.e_type == ET_REL)
        return pb_plugin_fail(
            error, file,
            "an object file that is not linked yet, not a shared object: link it with cc -shared");
    if (header.e_type != ET_DYN)
        return pb_plugin_fail(
            error, file, "a program, not a shared object: compile the plugin with -fPIC -shared");
    return check_whole(fd, &header, file_size, file, error);
}

int pb_pluginfile_check(const char *file, struct pb_error *error)
{
    struct stat stat_of;
    int status = PB_PLUGIN, fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return pb_plugin_fail(error, file, "%s",
                              lstat(file, &stat_of) == 0
                                  ? "a link to a file that is not there: make the link again"
                                  : "there is no such file: has the plugin been compiled?");
    if (fd < 0 && errno == EACCES)
        return pb_plugin_fail(error, file,
                              "may not be read: chmod a+r the file, and a+x the folders above it");
    if (fd < 0)
        return pb_plugin_fail(error, file, "cannot be opened: %s", strerror(errno));
    if (fstat(fd, &stat_of) != 0)
        pb_plugin_fail(error, file, "cannot be read: %s", strerror(errno));
    else if (S_ISDIR(stat_of.st_mode))
        pb_plugin_fail(
            error, file,
            "a folder, not a shared object: name the file in it, or give the folder with "
            "--plugins");
    else if (!S_ISREG(stat_of.st_mode))
        pb_plugin_fail(error, file, "not an ordinary file, so no shared object");
    else
        status = check_header(fd, (uint64_t)stat_of.st_size, file, error);
    close(fd);
    return status;
}
