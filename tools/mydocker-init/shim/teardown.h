// What is done when the container has ended.
#pragma once

#include "context.h"

// Writes the exit record: a temporary beside it, renamed. message NULL: the command ran. A directory that has gone is no error.
void write_exit_file(const struct context *context, int exit_code, const char *message);

// Runs the teardown phase's commands, one after the other.
void run_teardown(const struct context *context);
