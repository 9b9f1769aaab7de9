// The child's descriptors.
#pragma once

#include "context.h"
#include "error.h"

// How many of the caller's, from 3 on, are the command's.
unsigned int kept_descriptors(const struct plan *plan);

// Closes all that is not the command's but what tells how executing it went.
int close_own_descriptors(const struct context *context, struct error *error);
