// The snapshot, as scripts/build/link-engine.mjs puts it into the executable.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Where things are in the engine's memory.
struct snapshot_header {
  uint32_t stack_pointer, runtime, context;
};

extern const struct snapshot_header snapshot_header;

// Page-aligned in memory and in the file.
extern const uint8_t snapshot_start[], snapshot_end[];
