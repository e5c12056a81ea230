/* Reads one forest and rows from standard input and prints their exponents: for the sanitizers. Every array
 * has a block of its own of exactly its size, so that one byte too many is noticed. */
#include KERNEL
#include "blocks.h"

int main(void)
{
    uint64_t *size = take(5 * sizeof *size); /* nodes, trees, columns, rows, whether scaled */
    double *divisor = take(sizeof *divisor);
    struct node *nodes = take(size[0] * sizeof *nodes);
    double *leaf_value = take(size[0] * sizeof *leaf_value);
    uint32_t *roots = take(size[1] * sizeof *roots), *depths = take(size[1] * sizeof *depths);
    double *mean = size[4] ? take(size[2] * sizeof *mean) : NULL;
    double *scale = size[4] ? take(size[2] * sizeof *scale) : NULL;
    double *rows = take(size[3] * size[2] * sizeof *rows), *exponents = take(0);
    exponents = realloc(exponents, size[3] ? size[3] * sizeof *exponents : 1);
    struct forest forest = {nodes, leaf_value, roots, depths, mean, scale, *divisor,
                            (uint32_t)size[1], (uint32_t)size[2]};
    if (forest_exponents(&forest, rows, (int64_t)size[3], exponents) != 0)
        return 3;
    for (uint64_t row = 0; row < size[3]; row++) {
        if (memcmp(&exponents[row], &(double){forest_exponent(&forest, rows + row * size[2])}, sizeof(double)) != 0)
            return 4;
        printf("%a\n", exponents[row]);
    }
    void *blocks[] = {size, divisor, nodes, leaf_value, roots, depths, mean, scale, rows, exponents};
    for (size_t block = 0; block < sizeof blocks / sizeof *blocks; block++)
        free(blocks[block]);
    return 0;
}
