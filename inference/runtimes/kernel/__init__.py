"""The forest kernel: one C file, compiled where a compiler is, loaded where it fits, never needed."""
