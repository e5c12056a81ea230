/* Isolation forests over flat nodes: from unscaled rows to the exponent of each row's score.
 *
 * The exponent is (sum of the row's leaf values, in tree order) / -normalizer; the score is 2 to its power,
 * which the caller takes, because two implementations of pow may differ in the last bit.
 *
 * Two ways through the same nodes, chosen by the number of rows, both free of branches that depend on data:
 * eight rows go down one tree together, or one row goes down sixteen trees together. Either way a processor has
 * eight or more independent walks to work on while each waits for its memory.
 *
 * A value is compared as an unsigned key that orders like the float32 it stands for: comparing integers and
 * adding the outcome to the child's number is two instructions. Thresholds were rounded down to float32, so
 * that `x <= threshold` has the same answer for every float32 x.
 *
 * A leaf is its own left child under a threshold no key exceeds, so a walk may go on after its end and never
 * leaves the nodes, whatever the row holds. Plain C99; nothing is kept between calls.
 */
#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if FLT_EVAL_METHOD != 0
#error "This target computes with more digits than double has; scores would differ in the last bit."
#endif

#ifndef FOREST_SOURCE
#define FOREST_SOURCE ""
#endif

#define ROWS_TOGETHER 8
#define TREES_TOGETHER 16
#define LEVELS_BETWEEN_LOOKS 8
#define MOST_ROWS_AT_HAND 128
#define KEYS_AT_HAND 8192
#define KEYS_ON_STACK 1024

#if defined(__GNUC__)
#define UNFOLDED static inline __attribute__((always_inline))
#else
#define UNFOLDED static inline
#endif

/* The right child of a node is the one after its left child. */
struct node {
    uint32_t threshold;
    uint32_t column;
    uint32_t left;
};

struct forest {
    const struct node *nodes;
    const double *leaf_value; /* one per node */
    const uint32_t *roots;
    const uint32_t *depths; /* levels below the root, one per tree */
    const double *mean;     /* one per column, or NULL for both where rows are not scaled */
    const double *scale;
    double divisor; /* -normalizer */
    uint32_t n_trees;
    uint32_t n_columns;
};

/* Orders like the float: negative ones with all bits turned, the others above them. */
UNFOLDED uint32_t key_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

/* Scales in double and rounds to float32 once, as scikit-learn does. */
UNFOLDED void take_row(const struct forest *forest, const double *row, uint32_t *keys, size_t per_column)
{
    const size_t n_columns = forest->n_columns;
    if (forest->mean == NULL) {
        for (size_t column = 0; column < n_columns; column++)
            keys[column * per_column] = key_of((float)row[column]);
        return;
    }
    for (size_t column = 0; column < n_columns; column++)
        keys[column * per_column] = key_of((float)((row[column] - forest->mean[column]) / forest->scale[column]));
}

UNFOLDED int all_arrived(const struct node *nodes, const uint32_t *at, int lanes)
{
    uint32_t moving = 0;
    for (int lane = 0; lane < lanes; lane++)
        moving |= nodes[at[lane]].left ^ at[lane];
    return moving == 0;
}

/* Moves every lane from the node in `at` to its leaf, at most `depth` levels below. */
UNFOLDED void descend(const struct node *nodes, const uint32_t *keys, size_t per_column, size_t per_lane,
                      int lanes, uint32_t depth, uint32_t *at)
{
    while (depth > 0) {
        const uint32_t levels = depth < LEVELS_BETWEEN_LOOKS ? depth : LEVELS_BETWEEN_LOOKS;
        for (uint32_t level = 0; level < levels; level++)
            for (int lane = 0; lane < lanes; lane++) {
                const struct node *here = nodes + at[lane];
                const uint32_t key = keys[here->column * per_column + (size_t)lane * per_lane];
                at[lane] = here->left + (key > here->threshold);
            }
        depth -= levels;
        if (depth > 0 && all_arrived(nodes, at, lanes))
            return;
    }
}

/* One row through all trees, sixteen at a time; the last group is filled up with a tree that is not counted. */
static double sum_over_trees(const struct forest *forest, const uint32_t *keys)
{
    double sum = 0.0;
    for (uint32_t first = 0; first < forest->n_trees; first += TREES_TOGETHER) {
        const uint32_t left_over = forest->n_trees - first;
        const uint32_t counted = left_over < TREES_TOGETHER ? left_over : TREES_TOGETHER;
        uint32_t at[TREES_TOGETHER], depth = 0;
        for (uint32_t lane = 0; lane < TREES_TOGETHER; lane++) {
            const uint32_t tree = first + (lane < counted ? lane : 0);
            at[lane] = forest->roots[tree];
            depth = forest->depths[tree] > depth ? forest->depths[tree] : depth;
        }
        descend(forest->nodes, keys, 1, 0, TREES_TOGETHER, depth, at);
        for (uint32_t lane = 0; lane < counted; lane++)
            sum += forest->leaf_value[at[lane]];
    }
    return sum;
}

/* Blocks of eight rows through all trees; tree by tree, so that a tree stays in the nearest cache. */
static void sum_over_blocks(const struct forest *forest, const uint32_t *keys, size_t n_blocks, double *sums)
{
    const size_t block_keys = (size_t)forest->n_columns * ROWS_TOGETHER;
    memset(sums, 0, n_blocks * ROWS_TOGETHER * sizeof *sums);
    for (uint32_t tree = 0; tree < forest->n_trees; tree++)
        for (size_t block = 0; block < n_blocks; block++) {
            uint32_t at[ROWS_TOGETHER];
            for (int lane = 0; lane < ROWS_TOGETHER; lane++)
                at[lane] = forest->roots[tree];
            descend(forest->nodes, keys + block * block_keys, ROWS_TOGETHER, 1, ROWS_TOGETHER,
                    forest->depths[tree], at);
            for (int lane = 0; lane < ROWS_TOGETHER; lane++)
                sums[block * ROWS_TOGETHER + (size_t)lane] += forest->leaf_value[at[lane]];
        }
}

static int64_t rows_at_hand(const struct forest *forest)
{
    const int64_t fitting = KEYS_AT_HAND / (int64_t)forest->n_columns / ROWS_TOGETHER * ROWS_TOGETHER;
    if (fitting > MOST_ROWS_AT_HAND)
        return MOST_ROWS_AT_HAND;
    return fitting < ROWS_TOGETHER ? ROWS_TOGETHER : fitting;
}

/* The exponent of one row; NaN where there was no memory for its keys. */
double forest_exponent(const struct forest *forest, const double *row)
{
    uint32_t near[KEYS_ON_STACK], *keys = near;
    if (forest->n_columns > KEYS_ON_STACK) {
        keys = malloc(forest->n_columns * sizeof *keys);
        if (keys == NULL)
            return NAN;
    }
    take_row(forest, row, keys, 1);
    const double sum = sum_over_trees(forest, keys);
    if (keys != near)
        free(keys);
    return sum / forest->divisor;
}

/* The exponents of `n_rows` rows that follow each other in memory; 0, or -1 where there was no memory. */
int forest_exponents(const struct forest *forest, const double *rows, int64_t n_rows, double *exponents)
{
    const size_t width = forest->n_columns;
    const int64_t at_hand = rows_at_hand(forest);
    uint32_t *keys = malloc((size_t)at_hand * width * sizeof *keys);
    if (keys == NULL)
        return -1;
    int64_t done = 0;
    while (n_rows - done >= ROWS_TOGETHER) {
        double sums[MOST_ROWS_AT_HAND];
        int64_t now = (n_rows - done) / ROWS_TOGETHER * ROWS_TOGETHER;
        now = now < at_hand ? now : at_hand;
        for (int64_t row = 0; row < now; row++)
            take_row(forest, rows + (size_t)(done + row) * width,
                     keys + (size_t)(row / ROWS_TOGETHER) * width * ROWS_TOGETHER + row % ROWS_TOGETHER,
                     ROWS_TOGETHER);
        sum_over_blocks(forest, keys, (size_t)(now / ROWS_TOGETHER), sums);
        for (int64_t row = 0; row < now; row++)
            exponents[done + row] = sums[row] / forest->divisor;
        done += now;
    }
    for (; done < n_rows; done++) {
        take_row(forest, rows + (size_t)done * width, keys, 1);
        exponents[done] = sum_over_trees(forest, keys) / forest->divisor;
    }
    free(keys);
    return 0;
}

/* Which text this library was compiled from, and by what: read before it is used. */
const char *forest_source(void) { return FOREST_SOURCE; }

const char *forest_compiler(void)
{
#if defined(__clang__)
    return "clang " __clang_version__;
#elif defined(__GNUC__)
    return "gcc " __VERSION__;
#else
    return "";
#endif
}
