// What became of a start. Whoever writes to the start FIFO reads another one until its end: nothing in it means that the command has been
// executed (and its poststart hooks run, where a monitor runs them), else it is the exit code, one byte, and a line for people.
#pragma once

#include <stdbool.h>

#include "context.h"

// False: nobody reads it.
bool answer_start(struct context *context, int exit_code, const char *message);

// There is no more to say: the reader gets its end of file.
void answer_close(struct context *context);
