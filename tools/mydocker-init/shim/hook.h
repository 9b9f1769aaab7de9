// The operations that run hooks (runtime.md#lifecycle). All have the same arguments: what kind of hook it is, its path, its timeout, whether
// it may run beside those before it, the state in two pieces with the pid to be put between them, and how many of the texts
// that follow are its arguments; the others are its environment.
#pragma once

#include <sys/types.h>

#include "context.h"
#include "error.h"
#include "plan.h"

// Runs the hook of an operation to its end. pid: as the hook is to see the container's init.
int hook_perform(const struct operation *operation, pid_t pid, struct error *error);

// Poststop hooks: a failure is a warning. One that is not to run beside those before it waits for them first.
void hook_begin(const struct operation *operation);

// Waits until none of them runs.
void hooks_wait(void);

// The parent, at SYNC_HOOK: runs the runtime-hook that the child has come to. The child waits.
int hook_at_request(const struct context *context, uint32_t index, struct error *error);

// The parent, once the command has been executed. started_hooks_begin runs the plan's started-hooks in a process of their own, for the
// container's streams and signals have to be passed on meanwhile. Returns a descriptor that becomes readable when
// they are done, or 0: there are none. started_hooks_end waits for that, and closes it.
int started_hooks_begin(const struct context *context, pid_t *runner, struct error *error);
int started_hooks_end(int descriptor, pid_t runner, struct error *error);
