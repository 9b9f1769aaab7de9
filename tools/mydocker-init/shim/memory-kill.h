// Whether the kernel has killed in the container for lack of memory, and what to say of it.
#pragma once

#include <stdbool.h>

#include "context.h"
#include "text.h"

// True: it has. False where nobody counts, too. Asked before the cgroups are removed.
bool memory_killed(const struct context *context);

// Why the container's command was killed: for its own limit, or the host's lack of memory. Returns what to try, NULL where that is nothing
// about the container.
const char *memory_kill_message(const struct context *context, struct text *text);
