// Running hooks (config.md#posix-platform-hooks): programs that get the container's state on stdin. What one says is read while it runs, so
// that it can say as much as it likes, and the end of it is kept for the message about its failure. Nothing here knows what
// kind of hook it is, or what its failure means.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"

enum { HOOK_SAID_LIMIT = 600, HOOKS_AT_ONCE = 16 };

// What is to be run. The state is `before`, the pid and `after`.
struct hook_call {
  const char *path;
  uint64_t timeout;  // seconds, 0: none
  const char *before, *after;
  pid_t pid;
  char **arguments, **environment;  // terminated by NULL
};

// One that has been started.
struct hook {
  pid_t pid;
  int pidfd, output;  // -1: closed; without a pidfd, which a seccomp filter can deny, it is looked for now and then
  int64_t deadline;   // milliseconds of the monotonic clock, -1: none
  bool late;          // killed for its timeout
  bool ended;
  int status;         // once it has ended: as waitpid has it
  size_t said_length;
  char said[HOOK_SAID_LIMIT + 1];
};

// Starts one, with an empty signal mask and the environment of the call, nothing else. 0, or -1 with errno.
int hook_start(struct hook *hook, const struct hook_call *call);

// Waits until all of them (HOOKS_AT_ONCE at most) have ended, in whatever order they do. Does not wait for what they left running.
void hook_wait(struct hook *hooks, size_t count);

// Says how it ended: 0, or -1 with the error "<kind> hook <path>: exit code 1: <what it said last>".
int hook_result(const struct hook *hook, const char *kind, const char *path, struct error *error);
