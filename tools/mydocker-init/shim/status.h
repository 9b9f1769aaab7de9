// Events for mydocker-init: JSON lines on the status descriptor, each written by one write(2) of less than PIPE_BUF bytes, so
// that the parent's and the child's never mix. Nobody listening is not an error.
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "error.h"
#include "plan.h"

void status_open(int fd);
void status_close(void);
int status_descriptor(void);

void status_created(pid_t pid, pid_t shim);
void status_ready(void);
void status_trace(const struct operation *operation, uint64_t nanoseconds);

// operation may be NULL: what failed is none of the plan's operations.
void status_error(const struct operation *operation, const struct error *error);

// The strings up to NULL are the message.
void warning(const struct operation *operation, ...) __attribute__((sentinel));

// An error as one line for people: "mount: what: No such file or directory (ENOENT); try: …", without the newline.
struct text;
void describe_error(struct text *text, const struct operation *operation, const struct error *error);
