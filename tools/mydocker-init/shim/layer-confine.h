// The one place that an unpacker can write to.
#pragma once

#include <stdbool.h>

#include "error.h"

// Makes `directory` all there is: this process's root, with no other descriptor open, with the capabilities alone that files with owners,
// devices and attributes take, and, where the kernel has it and `landlock` is asked for, with Landlock behind that.
int confine(const char *directory, bool landlock, struct error *error);
