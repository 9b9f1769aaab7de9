// `detach`: two processes. The front is the one that the caller waits for; it leaves once the container is ready. The other one is the
// monitor, in a session of its own.
#pragma once

#include "context.h"

// Tells the front how it went, and that it may leave: 0, or the exit code of a failure. -1: it has gone. Without a front: nothing, 0.
int tell_front(struct context *context, int code);
