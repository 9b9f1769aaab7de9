// A scope of systemd's has a process that holds it until the container's process is in it.
#pragma once

#include "context.h"

// Ends the holder, if there is one. The container's process has joined its cgroups, or never will.
void scope_let_go(struct context *context);

// The role `hold-scope PID`: a process that does nothing, and ends with its parent, which is PID.
int hold_scope_role(int argc, char **argv);
