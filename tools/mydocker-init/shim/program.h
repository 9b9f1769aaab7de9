// Programs that the parent starts.
#pragma once

#include <sys/types.h>

struct program {
  const char *path;
  char **arguments, **environment;  // terminated by NULL
  int input, output, error;         // -1: /dev/null
};

// Starts it with an empty signal mask and every signal's default. 0, or -1 with errno.
int program_start(const struct program *program, pid_t *pid);

// Its wait status.
int program_wait(pid_t pid);
