// Why a command cannot be executed, in the words a docker user knows: 127 for what is not there, 126 for what cannot be invoked. What was
// missing, if not the file itself, is in what to try.
#pragma once

#include "error.h"

// Fills the error in: `exec: "name": why`. why NULL: what the errno says.
int exec_fail(struct error *error, int number, const char *name, const char *why);

// The same for a file that must not be executed (EACCES): path is where it was found.
int exec_fail_denied(struct error *error, const char *name, const char *path);

// After a failed execve of a file that is there: finds out what was missing.
int exec_fail_after(struct error *error, int number, const char *path, const char *name);
