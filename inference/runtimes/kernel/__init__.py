"""The kernel: two C files, compiled where a compiler is, loaded where it fits, never needed."""
