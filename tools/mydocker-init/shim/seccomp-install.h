// A seccomp filter, into the kernel.
#pragma once

#include <stdint.h>

#include "context.h"
#include "error.h"
#include "plan.h"

// Installs the filter. Returns 0, or the listener's descriptor where the flags ask for one.
int seccomp_install(const struct argument *filter, uint64_t flags, struct error *error);
