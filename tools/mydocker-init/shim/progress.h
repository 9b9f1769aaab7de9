// What becomes of the container's process, as its parent hears of it.
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "context.h"
#include "sync.h"

// What the child has said so far.
struct progress {
  struct context *context;
  bool ready, executing, failed, started;
  bool heard;    // all that it will ever say
  int hooks;     // its poststart hooks are running, -1: they are not
  pid_t runner;  // the process that runs them
  struct relay_watch watch;
  int master;  // -1: none
  struct sync_message failure;
};

// Handles what the child says next. False at its end of file.
bool progress_hear(struct progress *progress, bool wait);

// The same for a relay_watch: what is there, without waiting.
bool progress_hear_now(void *progress, int descriptor);

// Takes the end of the poststart hooks, which it waits for.
bool progress_hear_hooks(void *progress, int descriptor);
