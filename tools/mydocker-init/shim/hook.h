// Poststop hooks (runtime.md#lifecycle): programs that get the container's state on stdin. A failure is a warning.
#pragma once

#include "plan.h"

// Starts one. A hook that is not to run beside those before it waits for them first.
void hook_start(const struct operation *operation);

// Waits until none runs.
void hooks_wait(void);
