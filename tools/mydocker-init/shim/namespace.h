// Namespaces that exist already.
#pragma once

#include "error.h"

// Joins the namespace at path, which must be of the type (CLONE_NEW*). 1; 0 where it is a user namespace that this process is in
// already, which setns(2) refuses; -1.
int namespace_join(const char *path, int type, struct error *error);

// Whether two files are the same namespace. 0 where one of them cannot be looked at.
int namespace_same(const char *path, const char *other);

// The network or ipc namespace that this process is in, to come back to.
int namespace_open_own(int type, struct error *error);
