/* Stands in for libFuzzer where there is no clang: runs the target over every file of the folders named. */
#include "fuzz.h"

#include <dirent.h>
#include <limits.h>

static int replay_file(const char *file)
{
    uint8_t *data = malloc(1 << 20);
    FILE *stream = fopen(file, "rb");
    int failed = 1;
    if (data && stream) {
        size_t size = fread(data, 1, 1 << 20, stream);
        uint8_t *exact = malloc(size ? size : 1); /* so that a byte read too far is seen */
        if (exact) {
            for (size_t i = 0; i < size; i++)
                exact[i] = data[i];
            LLVMFuzzerTestOneInput(exact, size);
            failed = 0;
        }
        free(exact);
    } else {
        perror(file);
    }
    if (stream)
        fclose(stream);
    free(data);
    return failed;
}

int main(int argc, char **argv)
{
    size_t seeds = 0;
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        if (!folder) {
            perror(argv[i]);
            return 1;
        }
        for (struct dirent *entry; (entry = readdir(folder));) {
            char file[PATH_MAX];
            if (entry->d_name[0] == '.')
                continue;
            snprintf(file, sizeof file, "%s/%s", argv[i], entry->d_name);
            if (replay_file(file) != 0)
                return 1;
            seeds++;
        }
        closedir(folder);
    }
    printf("%zu seeds replayed\n", seeds);
    return seeds == 0; /* an empty corpus tests nothing */
}
