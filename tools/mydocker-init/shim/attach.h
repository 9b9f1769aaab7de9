// The role `attach`: a client's stdio on a container's attach socket.
//
// Without a raw terminal every signal worth it (signals.h) is passed on to the container. With one, keys are
// passed on as bytes, and HUP, INT, QUIT, TERM end the client alone; so they do with --keep-signals. In a session of its own it
// also ends when its parent does: a front end that was killed leaves no client behind that holds the terminal in raw mode.
#pragma once

#include <signal.h>

#define ATTACH_FAILED 125

// What the kernel sends when the parent dies. Not SIGTERM, which somebody may send to be passed on.
#define ATTACH_PARENT_DIED SIGRTMAX

// argv: what follows the role's name. Returns the exit code: the container's; 0 after the detach keys; 125 when the monitor is
// not there or has gone without a word; 128+n when a signal ended the client itself; 141 when nobody reads its stdout any more.
int attach_role(int argc, char **argv);
