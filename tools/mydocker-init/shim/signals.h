// Which signals the shim takes, and how.
#pragma once

#include <signal.h>

// What is worth passing on to a container's process: everything but CHLD, PIPE and URG (about this process's own affairs), the
// job control signals (they stop and continue the client), and those that a fault raises.
void signals_forwardable(sigset_t *set);

// Blocks `blocked` and returns a signalfd (non-blocking, close-on-exec) for `read`, or -1 with errno.
int signals_open(const sigset_t *blocked, const sigset_t *read);

// The signals a process starts with: nothing blocked, nothing ignored. For a child, before it executes something.
void signals_reset(void);
