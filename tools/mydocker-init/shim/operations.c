#include "operations.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "status.h"
#include "text.h"

static const struct operation_kind KINDS[] = {
#define X(name, identifier, code, phase, signature) {name, code, phase, signature, do_##identifier},
    OPERATIONS(X)
#undef X
};

enum { KIND_COUNT = sizeof KINDS / sizeof KINDS[0] };

const struct operation_kind *operation_kind(uint16_t code) {
  for (size_t i = 0; i < KIND_COUNT; i++) {
    if (KINDS[i].code == code) return &KINDS[i];
  }
  return NULL;
}

static uint64_t now(void) {
  struct timespec time;
  if (clock_gettime(CLOCK_MONOTONIC, &time) < 0) return 0;
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

int perform(struct context *context, const struct operation *operation, struct error *error) {
  uint64_t begin = context->trace ? now() : 0;
  // `execute` does not come back, and what comes behind wait-start is not the caller's to see: both are traced as they begin.
  bool early = operation->kind->code == OPERATION_execute || operation->kind->code == OPERATION_wait_start;
  if (context->trace && early) status_trace(operation, 0);
  if (operation->kind->run(context, operation, error) < 0) return -1;
  // Not `trace` itself, which had nobody to take the time.
  if (begin != 0 && !early) status_trace(operation, now() - begin);
  return 0;
}

int print_operations(void) {
  static const char *const phases[] = {"host", "container", "teardown", "compile", "failure", "started"};
  char buffer[16384];
  struct text text = TEXT(buffer);
  for (size_t i = 0; i < KIND_COUNT; i++) {
    text_add(&text, KINDS[i].name);
    text_add(&text, "\t");
    text_add_number(&text, KINDS[i].code);
    text_add(&text, "\t");
    text_add(&text, phases[KINDS[i].phase]);
    text_add(&text, "\t");
    text_add(&text, KINDS[i].signature);
    text_add(&text, "\n");
  }
  return write(STDOUT_FILENO, buffer, text.used) == (ssize_t)text.used ? 0 : EXIT_SHIM;
}
