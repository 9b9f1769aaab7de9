// The file of `--log`, in which engines look for what went wrong: one line for a call that fails, besides what it was warned of.
// containerd takes the last error. podman takes the whole file for one JSON object, and the call's stderr where it is none.
#pragma once

#include <stdbool.h>

#include "error.h"
#include "plan.h"

// Opens it, if the plan has a `log`: before anything else can fail, and before the path could mean another file.
int error_log_open(const struct plan *plan, struct error *error);

// Writes the line. operation may be NULL: what failed is none of the plan's operations.
void error_log_write(const struct operation *operation, const struct error *error);

// Writes a line that is no error. False where there is no log, or none any more.
bool error_log_warning(const char *message);

// The call has not failed: what fails from here on is none of the caller's.
void error_log_close(void);

// The same of an error that somebody else has put into words.
void error_log_text(const char *message);
