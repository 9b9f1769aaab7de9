// The making of the container's process.
#pragma once

#include "context.h"
#include "error.h"

// Makes the child, in the namespaces of clone's flags and those that `join-first` names. It has sockets[1] as its end of
// the socketpair; the parent keeps both. context->child_pidfd is set. Returns its pid, or -1.
pid_t spawn_child(struct context *context, uint64_t flags, const int sockets[2], struct error *error);

// Does what the plan wants done to the new process from outside (`child-file`), and lets it go on to its re-execution.
int complete_child(struct context *context, struct error *error);

// The child's side: waits for complete_child's word, enters its time namespace, and becomes root of its user namespace. Before it is
// executed again, which would cost a process that is not root its capabilities.
int settle_in(struct context *context, struct error *error);

// Root of the user namespace that has just been joined.
int become_namespace_root(struct error *error);

// Writes /proc/PID/NAME of a child of this process. One write: the kernel takes a map whole or not at all.
int write_child_file(pid_t pid, const char *name, const char *value, struct error *error);
