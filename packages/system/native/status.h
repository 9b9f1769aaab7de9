#pragma once

#include <sys/stat.h>

#include "value.h"

// What stat(2) says, as the array of numbers that src/status.ts reads.
struct value *status_value(const struct call *call, const struct stat *status);
