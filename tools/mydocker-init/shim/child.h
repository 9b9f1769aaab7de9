// The container's process, from its first instruction to execve.
#pragma once

#include "context.h"
#include "error.h"

// The internal role `init`: what the child is re-executed as. Does the container phase; returns only an exit code.
int init_role(int argc, char **argv);

// Runs in the child between clone and its re-execution: gives it its stdio and the descriptors it needs. Never returns.
_Noreturn void become_init(struct context *context);

// An O_PATH descriptor of the host's /dev/null, checked to be that device.
int open_null_device(struct error *error);

// A procfs of the process's own pid namespace that nobody can have mounted anything over (CVE-2025-52881).
int open_private_proc(struct context *context, struct error *error);

// Writes below /proc, through that.
int write_private_proc(struct context *context, const char *path, const char *value, struct error *error);

// Does all that comes before the command but needs no more than the filter forbids: its arguments, its signals, its umask, and the word to
// the parent that it is executed next. Done once, by `execute` at the latest, and by what installs a seccomp filter.
int prepare_command(struct context *context, struct error *error);

// wait-start and execute: until the parent has written the record; an error when it is gone.
int await_record(struct context *context, struct error *error);
