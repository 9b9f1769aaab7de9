#pragma once

#include "container.h"
#include "context.h"
#include "error.h"

// Reads, seals and checks the plan, seals the program, and closes what the caller has left open and nobody is to have.
int prepare_plan(struct context *context, const struct descriptors *descriptors, struct error *error);
