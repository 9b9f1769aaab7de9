// Descriptors of the caller's that the command is to have: from 3 on, `keep-descriptors` says how many.
#pragma once

#include <stdint.h>

#include "context.h"

<<<<<<< HEAD
// Opens something, and leaves it open, at every free number from 3 to 3+count-1, so that what is opened later is not there.
int reserve_descriptors(uint64_t count, struct error *error);
=======
// The role `hold`: keeps its descriptors open until it is killed. argv[0]: the pid of whoever started it.
int hold_role(int argc, char **argv);
>>>>>>> main

// The parent, once the child has its copies.
void let_kept_go(const struct context *context);
