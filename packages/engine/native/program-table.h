#pragma once

#include "program.h"

// No verb starts as many: a handful of hooks side by side.
enum { PROGRAMS_LIMIT = 1024 };

// All that were started; what has ended stays in it.
struct program *program_table(size_t *count);
