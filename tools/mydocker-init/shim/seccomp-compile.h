// The role `seccomp`.
#pragma once

#include "error.h"
#include "plan.h"

// Compiles a plan of `filter`, `architecture` and `rule` operations; writes the BPF program to a descriptor. failed: the operation
// that an error is about, or NULL.
int seccomp_compile(const struct plan *plan, int output, const struct operation **failed, struct error *error);
