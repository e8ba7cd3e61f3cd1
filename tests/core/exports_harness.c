/* Reads bodies from a file, each after its length, as compiled.py does; each in memory of just its size. */

#include "exports.c"
#include <stdio.h>
#include <stdlib.h>

enum { BYTES_A_ROW = 100 };

static int read_one(const uint8_t *body, int64_t length)
{
    int64_t sizes[TEXTS], most = length / BYTES_A_ROW + 1;
    void *room = malloc((size_t)(most * velib_row_bytes()));
    int64_t n = velib_read_exports(body, length, room, most, sizes);
    if (n >= 0) {
        uint8_t *texts[TEXTS];
        Column columns[COUNTS + ANSWERS + 1] = {{0}};
        for (int i = 0; i < TEXTS; i++)
            texts[i] = malloc((size_t)sizes[i]);
        for (int i = 0; i <= COUNTS + ANSWERS; i++) {
            size_t bits = (size_t)(n + 7) / 8;
            columns[i].values = calloc(1, i < COUNTS ? 4 * (size_t)n : i < COUNTS + ANSWERS ? bits : 8 * (size_t)n);
            columns[i].valid = calloc(1, bits);
        }
        velib_write_exports(body, room, most, n, texts, columns);
        for (int i = 0; i < TEXTS; i++)
            free(texts[i]);
        for (int i = 0; i <= COUNTS + ANSWERS; i++) {
            free(columns[i].values);
            free(columns[i].valid);
        }
    }
    free(room);
    return n >= 0;
}

int main(int count, char **arguments)
{
    FILE *file = count == 2 ? fopen(arguments[1], "rb") : NULL;
    int64_t length, read = 0, left = 0;
    if (!file)
        return 2;
    while (fread(&length, sizeof length, 1, file) == 1) {
        uint8_t *body = malloc((size_t)length);
        if (fread(body, 1, (size_t)length, file) != (size_t)length)
            return 2;
        if (read_one(body, length))
            read++;
        else
            left++;
        free(body);
    }
    fclose(file);
    printf("%lld %lld\n", (long long)read, (long long)left);
    return 0;
}
