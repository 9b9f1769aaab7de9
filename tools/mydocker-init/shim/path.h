// Paths inside a container's root. An image's symbolic links never lead outside: every path is resolved by the kernel below the root's
// descriptor (CVE-2019-18837), and what is missing is made component by component on descriptors (CVE-2024-45310).
#pragma once

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "error.h"

// An O_PATH descriptor of what is at path, symbolic links followed inside the root. -1 with errno.
int path_open(int root, const char *path);

// As path_open, but no component may be a symbolic link. -1 with errno (ELOOP).
int path_open_real(int root, const char *path);

enum make { MAKE_DIRECTORY, MAKE_FILE };

// An O_PATH descriptor of what is at path, made where it is missing: its parents and itself.
int path_make(int root, const char *path, enum make make, mode_t mode, struct error *error);

// The directory that path's last component is in, made where it is missing; name is that component (inside path).
int path_make_parent(int root, const char *path, const char **name, struct error *error);
