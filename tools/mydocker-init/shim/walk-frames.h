// What `walk` tells, gathered until it is worth a write.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "error.h"

struct frames {
  size_t used;
  unsigned char data[256 * 1024];
};

// target: of a symbolic link, else NULL.
int tell_entry(struct frames *frames, const char *path, const struct stat *status, const char *target, struct error *error);
int tell_attribute(struct frames *frames, const char *name, const void *value, uint32_t size, struct error *error);

// As many bytes as were told of: a file that has become shorter has zeros at its end, one that has grown is cut.
int tell_content(struct frames *frames, int file, uint64_t size, struct error *error);

int tell_end(struct frames *frames, struct error *error);
