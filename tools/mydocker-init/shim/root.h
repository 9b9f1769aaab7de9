// The container's root.
#pragma once

#include "context.h"
#include "error.h"
#include "plan.h"

// The overlay of `root-overlay` or `prepare-overlay`, mounted nowhere. ENAMETOOLONG: fsconfig takes no paths that long.
int overlay_new(const struct context *context, const struct operation *operation, struct error *error);

// A mount, attached, is the container's root from here on. Takes the descriptor.
void become_root(struct context *context, int root);
