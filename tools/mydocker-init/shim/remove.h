// Teardown of what was made on the host. A failure is a warning: `gc` finds what is left.
#pragma once

#include "plan.h"

// Removes cgroups and those below them; ends what still runs in them.
void remove_cgroups(const struct operation *operation);

// Removes a directory with the files in it. There are no directories below.
void remove_directory(const struct operation *operation);
