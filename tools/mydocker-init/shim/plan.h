// The plan: what mydocker-init wants done. Framing: docs/shim.md.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "error.h"

enum { PLAN_LIMIT = 16 * 1024 * 1024, PLAN_HEADER = 16 };

enum argument_type { ARGUMENT_NUMBER = 1, ARGUMENT_TEXT = 2, ARGUMENT_BYTES = 3 };

enum phase { PHASE_HOST, PHASE_CONTAINER, PHASE_TEARDOWN, PHASE_COMPILE, PHASE_FAILURE, PHASE_STARTED };

struct operation_kind;

struct argument {
  uint8_t type;
  uint32_t length;   // of text (without its terminator) and bytes
  uint64_t number;
  const char *text;  // text: terminated; bytes: not
};

struct operation {
  const struct operation_kind *kind;
  uint32_t index;  // its place in the plan, from 0
  uint32_t count;
  const struct argument *arguments;
};

struct plan {
  struct operation *operations;
  uint32_t count;
  struct argument *arguments;
};

// The bytes of a plan; data has room for one byte more than size.
struct plan_bytes {
  uint8_t *data;
  size_t size;
};

// Reads a descriptor to its end. PLAN_LIMIT bytes at most.
int plan_read(int fd, struct plan_bytes *bytes, struct error *error);

// Decodes and checks everything. The plan points into bytes, which it changes: texts get their terminators.
int plan_decode(struct plan *plan, struct plan_bytes *bytes, struct error *error);

// Gives back what plan_decode allocated.
void plan_free(struct plan *plan);

// Messages look as the plan's operation `messages` says, if it has one.
void choose_message_style(const struct plan *plan);

// The first operation of a kind, by its name's code; NULL if there is none.
const struct operation *plan_find(const struct plan *plan, uint16_t code);
