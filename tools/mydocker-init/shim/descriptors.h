// The child's descriptors.
#pragma once

#include <stdint.h>

#include "context.h"
#include "error.h"

// How many of the caller's, from 3 on, are the command's.
unsigned int kept_descriptors(const struct plan *plan);

// Opens something, and leaves it open, at every free number from 3 to 3+count-1, so that what is opened later is not there.
int reserve_descriptors(uint64_t count, struct error *error);

// The parent, once the child has its copies of them.
void let_kept_go(const struct context *context);
// The parent, before it opens anything: closes what its caller forgot, so that neither it nor what it starts holds it.
int close_inherited_descriptors(const struct context *context, struct error *error);

// Closes all that is not the command's but what says how executing it went.
int close_own_descriptors(struct context *context, struct error *error);
