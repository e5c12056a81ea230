/* Reads calibrations and scores from standard input and prints what the scores mean: for the sanitizers. Every
 * array has a block of its own of exactly its size; for a negative number of scores the blocks of what is filled
 * are one short. */
#include KERNEL
#include "blocks.h"
#include <inttypes.h>

static void *room(int64_t count, size_t bytes)
{
    void *block = malloc(count > 0 ? (size_t)count * bytes : 1);
    if (block == NULL)
        exit(2);
    return block;
}

int main(void)
{
    int64_t size[2]; /* knots, scores */
    while (fread(size, sizeof size, 1, stdin) == 1) {
        const int64_t short_of = size[1] < 0, n_scores = short_of ? -size[1] : size[1];
        double *numbers = take(5 * sizeof *numbers);
        double *knots = take((size_t)size[0] * sizeof *knots), *logs = take((size_t)size[0] * sizeof *logs);
        double *scores = take((size_t)n_scores * sizeof *scores);
        double *severities = room(n_scores - short_of, sizeof *severities);
        int64_t *labels = room(n_scores - short_of, sizeof *labels);
        uint8_t *verdicts = room(n_scores - short_of, sizeof *verdicts);
        const struct limits limits = {knots,      logs,       size[0],    numbers[0],
                                      numbers[1], numbers[2], numbers[3], numbers[4]};
        const int64_t anomalies = scores_judged(&limits, scores, n_scores, severities, labels, verdicts);
        printf("%" PRId64, anomalies);
        for (int64_t place = 0; anomalies >= 0 && place < n_scores; place++)
            printf(" %a %" PRId64 " %d", severities[place], labels[place], verdicts[place]);
        printf("\n");
        void *blocks[] = {numbers, knots, logs, scores, severities, labels, verdicts};
        for (size_t block = 0; block < sizeof blocks / sizeof *blocks; block++)
            free(blocks[block]);
    }
    return 0;
}
