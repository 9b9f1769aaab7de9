// What happens, told on one descriptor: messages for people (message.h), or, where the caller gave a status descriptor, events as
// JSON lines. Each is one write(2), of less than PIPE_BUF bytes, so that the parent's and the child's never mix. Nobody listening is
// not an error.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"
#include "plan.h"

// events: as events, not as messages.
void status_open(int fd, bool events);
bool status_has_events(void);
void status_close(void);
int status_descriptor(void);

void status_created(pid_t pid, pid_t shim);
void status_ready(void);
void status_trace(const struct operation *operation, uint64_t nanoseconds);

// operation may be NULL: what failed is none of the plan's operations.
void status_error(const struct operation *operation, const struct error *error);

// The strings up to NULL are the message. operation may be NULL.
// A caller's stderr is its container's, too: where there is a place for warnings (--log), they are kept from it. `to` is false where
// it could not take one.
void divert_warnings(bool (*to)(const char *line));
void warning(const struct operation *operation, ...) __attribute__((sentinel));

// An error as one line for people: "mount: what: ENOENT: No such file or directory; try: …", without the newline.
struct text;
void describe_error(struct text *text, const struct operation *operation, const struct error *error);
