// Mounts without a place yet, and how they get one.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "plan.h"

// A new file system of a type, configured and mounted nowhere. options: texts, `key` or `key=value`.
int mount_new(const char *type, const char *source, uint64_t attributes, const struct argument *options, uint32_t count,
              struct error *error);

// Gives an option to a file system that is being configured: `key` or `key=value`. -1 with errno.
int mount_option(int fs, const char *option);

// Puts a detached mount on a target (both descriptors). Closes neither.
int mount_attach(int mount, int target, const char *what, struct error *error);

// A copy of the mount that an O_PATH descriptor is in, of what the descriptor is. Detached.
int mount_copy(int fd, bool recursive, const char *what, struct error *error);

// Sets and clears MOUNT_ATTR_*.
int mount_attributes(int mount, bool recursive, uint64_t set, uint64_t clear, const char *what, struct error *error);

// Fails with fs's own explanation (its log lines) as the hint.
int mount_fail(int fs, const char *type, const char *what, struct error *error);

// Sets the propagation: an MS_* type, with MS_REC or without. 0: nothing is done.
int mount_propagation(int mount, uint64_t propagation, const char *what, struct error *error);

// The directory in the container that a file system of a type is to be mounted on, made where it is missing.
int mount_open_target(int root, const char *type, const char *target, struct error *error);

// As mount_open_target, for what must be a real directory on a path without links.
int mount_open_real_target(int root, const char *type, const char *target, struct error *error);
