// Room for a layer's entries: parents that the archive does not name, and things that are in the way.
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#include "error.h"

// A device 0:0 hides what lower layers have there.
bool is_whiteout(const struct stat *status);

// What is said on stdout: the letter, the path, a NUL byte.
enum told { TOLD_IMPLICIT = 'i', TOLD_OPAQUE = 'o' };
int tell(char what, const char *path, struct error *error);

// Makes a directory that no entry has told of, if there is none, and tells.
int make_implicit(const char *path, struct error *error);

// As make_implicit, for all directories above a path.
int make_parents(const char *path, struct error *error);

// Takes away what is at a path, all of it.
int displace(const char *path, struct error *error);

// A directory of one layer alone is listed as it is, whiteouts and all, unless it has this mark: "copied up, nobody knows from where".
int mark_whiteouts(const char *path, struct error *error);
