// A root without a mount namespace of the container's own.
#pragma once

#include "context.h"
#include "error.h"

// join-process: makes the root that `process-root` has opened this process's own, if it has.
int enter_process_root(const struct context *context, struct error *error);
