// Memory files that nobody can change.
#pragma once

#include <stddef.h>

#include "error.h"

// This program, copied: what the container's processes may see as /proc/PID/exe is never the host's file (CVE-2019-5736).
int seal_self(struct error *error);

// These bytes.
int seal_bytes(const void *bytes, size_t size, struct error *error);
