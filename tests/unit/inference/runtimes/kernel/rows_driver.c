/* Reads texts from standard input, each behind its width, its number of rows and its length, and prints what
 * became of them: for the sanitizers. Each text and each array has a block of its own of exactly its size; for a
 * negative number of rows the block is one row short. */
#include KERNEL
#include <stdio.h>

int main(void)
{
    int64_t size[3]; /* width, rows, bytes */
    while (fread(size, sizeof size, 1, stdin) == 1) {
        const int64_t short_of = size[1] < 0, n_rows = short_of ? -size[1] : size[1];
        char *text = calloc((size_t)size[2] + 1, 1);
        double *rows = malloc((size_t)(size[0] * (n_rows - short_of)) * sizeof *rows);
        if (text == NULL || rows == NULL || fread(text, 1, (size_t)size[2], stdin) != (size_t)size[2])
            return 2;
        const int failed = rows_read(text, size[2], size[0], 1e19, n_rows, rows);
        printf("%d", failed);
        for (int64_t place = 0; !failed && place < size[0] * n_rows; place++)
            printf(" %a", rows[place]);
        printf("\n");
        free(text);
        free(rows);
    }
    return 0;
}
