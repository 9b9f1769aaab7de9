// Joining a container that runs.
#pragma once

#include "context.h"
#include "error.h"

// The child: goes into the namespaces that `join-process` chose. Where a pid namespace is among them, what returns from this is a
// new process, a child of the parent's as this one was; this one has ended.
int enter_container(struct context *context, struct error *error);

// The parent: waits for that, and has the new process as its child afterwards.
int enter_await(struct context *context, struct error *error);
