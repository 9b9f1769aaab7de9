// Descriptors of the caller's that the command is to have: from 3 on, `keep-descriptors` says how many.
#pragma once

#include <stdint.h>

#include "context.h"

// The role `hold`: keeps its descriptors open until it is killed. argv[0]: the pid of whoever started it.
int hold_role(int argc, char **argv);

// The parent, once the child has its copies.
void let_kept_go(const struct context *context);
