// A process in the foreground: the roles `run` (without relay) and `enter`.
#pragma once

#include <sys/types.h>

#include "relay.h"

// Waits for the process and passes on every signal that is sent to the shim (all but CHLD, PIPE, job control and the synchronous
// ones). With a terminal's master (-1: none; owned by the function) it relays stdin and stdout to it: raw mode if
// stdin is a terminal, window size now and at every change. Output is written to the end before it returns.
// Returns the wait status, or -1 with errno. Signals stay blocked after the return, so what is started then (teardown)
// has to begin with an empty signal mask. The caller's terminal is always as it was before.
//
// watch: one more descriptor to wait for meanwhile; NULL: none.
int foreground_run(pid_t pid, int pidfd, int master, const struct relay_watch *watch);
