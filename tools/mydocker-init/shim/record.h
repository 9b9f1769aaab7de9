// The container's record: what mydocker-init knows of it (RuntimeState), written before the container's process may go on.
#pragma once

#include "context.h"
#include "error.h"

// Writes it, if the plan has one: the pieces of its text, and between them the pid and the start time of the container's process, then of
// this one. Whole or not at all: a temporary file, renamed. Under /run: nothing to sync.
int record_write(const struct context *context, struct error *error);
