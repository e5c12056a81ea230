/* Blocks of exactly their size, so that the sanitizers notice one byte too many. */
#include <stdio.h>
#include <stdlib.h>

/* The next bytes of standard input. */
static void *take(size_t bytes)
{
    void *block = malloc(bytes ? bytes : 1);
    if (block == NULL || fread(block, 1, bytes, stdin) != bytes)
        exit(2);
    return block;
}
