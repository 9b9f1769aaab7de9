// What is done when the container has ended.
#pragma once

#include "context.h"

// Writes the exit record: a temporary beside it, renamed. message NULL: the command ran. A directory that has gone is no error.
// memory: the kernel has killed in the container for lack of it.
void write_exit_file(const struct context *context, int exit_code, const char *message, bool memory);

// Does the teardown phase.
void run_teardown(const struct context *context);

// Does the failure phase: the container was never ready, and what was made for it goes. hooked: its hooks had begun, so that the
// poststop hooks have something to undo.
void run_failure(const struct context *context, bool hooked);
