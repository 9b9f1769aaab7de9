// The one place that who unpacks, or walks, can reach.
#pragma once

#include <stdbool.h>

#include "error.h"

enum confinement {
  CONFINED_TO_WRITING,  // files with any owner, device and attribute can be made
  CONFINED_TO_READING,  // everything can be read, nothing changed
};

// Makes the working directory all there is: this process's root, with the capabilities alone that the work takes, and, where the kernel
// has it and `landlock` is asked for, with Landlock behind that. Descriptors that are open stay so.
int confine(enum confinement confinement, bool landlock, struct error *error);
