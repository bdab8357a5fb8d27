/* Looks through all memory of its process for somebody else's secret: $PLUGBOARD_TEST_MARKER holds
 * it *backwards* (a part of another cipher's private key), so that neither the environment nor this
 * plugin holds what is looked for. The report that comes back with the echo is "memory:no" or
 * "memory:load,open" (the phases in which it was found), and how many KiB were readable, so that a
 * test can see that something was looked at: "memory:no looked:5120".
 *
 * /proc/self/maps may be out of reach, so it walks from places that every process has (program,
 * libraries, heap, stack) and finds out by trying which pages can be read: a handler for SIGSEGV,
 * set while loading, jumps back. Pages that nobody has touched yet are read as well; that costs
 * time but no memory. */
#define _GNU_SOURCE
#include "hostile.h"

#include <elf.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <unistd.h>

#define PAGE ((uintptr_t)4096)
#define AROUND                                                                                     \
    ((uintptr_t)64                                                                                 \
     << 20) /* looked at below the libraries: where malloc and mmap put large pieces */
#define NO_SANITIZER __attribute__((no_sanitize("address", "undefined")))

static sigjmp_buf back;
static const char *backwards;
static char succeeded[32];
static unsigned long looked;

static void unreadable(int number)
{
    (void)number;
    siglongjmp(back, 1);
}

/* True if the marker ends at byte `at`: compared from its end, which is the beginning of
 * `backwards`. */
NO_SANITIZER static int is_here(const volatile char *at, const volatile char *lowest)
{
    for (const char *wanted = backwards; *wanted; wanted++, at--)
        if (at < lowest || *at != *wanted)
            return 0;
    return 1;
}

/* Looks through one page; 0: not readable. lowest: where the readable memory round it begins. */
NO_SANITIZER static int look_at(const volatile uintptr_t page, uintptr_t lowest, int *found)
{
    if (sigsetjmp(back, 0) != 0)
        return 0;
    const volatile char *text = (const volatile char *)page;
    for (size_t i = 0; i < PAGE; i++)
        if (text[i] == backwards[0] && is_here(text + i, (const volatile char *)lowest))
            *found = 1;
    looked += PAGE / 1024;
    return 1;
}

/* From `from` up to `to`, whatever is readable there. */
static void look_between(uintptr_t from, uintptr_t to, int *found)
{
    volatile uintptr_t lowest = 0;
    for (volatile uintptr_t page = from & ~(PAGE - 1); page < to; page += PAGE) {
        if (!lowest)
            lowest = page;
        if (!look_at(page, lowest, found))
            lowest = 0;
    }
}

/* From `from` on, down or up, as far as it is readable without a gap. */
static void look_along(uintptr_t from, int up, int *found)
{
    volatile uintptr_t page = from & ~(PAGE - 1);
    while (look_at(page, page - 64, found) && page > PAGE)
        page = up ? page + PAGE : page - PAGE;
}

/* The program and its data: the kernel tells where its program headers lie, and they tell the rest.
 */
static void look_at_program(int *found)
{
    const Elf64_Phdr *headers = (const Elf64_Phdr *)getauxval(AT_PHDR);
    size_t count = getauxval(AT_PHNUM);
    uintptr_t base = 0;
    for (size_t i = 0; i < count; i++)
        if (headers[i].p_type == PT_PHDR)
            base = (uintptr_t)headers - headers[i].p_vaddr;
    for (size_t i = 0; i < count; i++)
        if (headers[i].p_type == PT_LOAD)
            look_between(base + headers[i].p_vaddr, base + headers[i].p_vaddr + headers[i].p_memsz,
                         found);
}

static void hostile_act(const char *phase)
{
    uintptr_t library = (uintptr_t)&getauxval, plugin = (uintptr_t)&pb_cipher;
    int found = 0;
    if (!backwards)
        return;
    look_at_program(&found);
    look_along((uintptr_t)sbrk(0) - 1, 0, &found); /* the heap, from its end */
    look_between((library < plugin ? library : plugin) - AROUND, library + (AROUND >> 2), &found);
    look_along((uintptr_t)&found, 0, &found);
    look_along((uintptr_t)&found, 1, &found);
    if (found && !strstr(succeeded, phase)) {
        if (*succeeded)
            strcat(succeeded, ",");
        strcat(succeeded, phase);
    }
}

static void hostile_report(char *text, size_t size)
{
    snprintf(text, size, "memory:%s looked:%lu", *succeeded ? succeeded : "no", looked);
}

__attribute__((constructor)) static void load(void)
{
    const char *marker = getenv("PLUGBOARD_TEST_MARKER");
    struct sigaction action = {.sa_handler = unreadable, .sa_flags = SA_NODEFER}, before[2];
    if (!marker || !*marker)
        return;
    backwards = marker;
    sigaction(SIGSEGV, &action, &before[0]);
    sigaction(SIGBUS, &action, &before[1]);
    hostile_act("load");
}

PB_EXPORT_CIPHER = {
    IDENTITY_ABI,  .name = "hostile_memory", IDENTITY_TEXT("looks through memory"), HOSTILE_NUMBERS,
    HOSTILE_VERBS,
};
