/* Where random bytes come from: the kernel, or --seed. Not cryptography: a seeded source is for
 * repeating a session in class and says so. */
#ifndef PLUGBOARD_RANDOM_H
#define PLUGBOARD_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pb_random {
    bool seeded;
    uint64_t state[4]; /* xoshiro256** (Blackman, Vigna 2018), used only when seeded */
};

/* The kernel's generator (getrandom(2)). */
void pb_random_system(struct pb_random *random);

/* Everything drawn is a function of these four. `purpose` keeps draws of one place apart from another's:
 * "session", "keys box", "port" ... */
void pb_random_seed(struct pb_random *random, uint64_t seed, const char *purpose, uint64_t number, uint64_t stream);

/* Fills out with size bytes. Ends the program if the kernel has none (cannot happen on Linux >= 3.17). */
void pb_random_bytes(struct pb_random *random, void *out, size_t size);

/* A number from low to high, both included, without bias. */
uint32_t pb_random_between(struct pb_random *random, uint32_t low, uint32_t high);

#endif
