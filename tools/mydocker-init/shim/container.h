// The roles `run`, `create` and `enter`: the parent of a container's process.
#pragma once

#include "context.h"

struct descriptors {
  int plan;
  int status;  // for events; -1: messages for people on stderr instead
};

// Returns the exit code.
int container_role(enum role role, const struct descriptors *descriptors);
