#include "hook.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hook-run.h"
#include "operations.h"
#include "status.h"

enum { KIND, PATH, TIMEOUT, BESIDE, BEFORE, AFTER, ARGUMENT_COUNT, ARGUMENTS };

static struct hook running[HOOKS_AT_ONCE];
static const struct operation *running_for[HOOKS_AT_ONCE];
static size_t running_count;

static char **list(const struct operation *operation, uint32_t first, uint32_t end) {
  char **texts = calloc((size_t)(end - first) + 1, sizeof *texts);
  if (texts == NULL) return NULL;
  for (uint32_t i = first; i < end; i++) texts[i - first] = (char *)text_of(operation, i);
  return texts;
}

static int start(const struct operation *operation, pid_t pid, struct hook *hook) {
  uint64_t count = number_of(operation, ARGUMENT_COUNT);
  uint32_t middle = ARGUMENTS + (count > operation->count - ARGUMENTS ? operation->count - ARGUMENTS : (uint32_t)count);
  struct hook_call call = {
      .path = text_of(operation, PATH),
      .timeout = number_of(operation, TIMEOUT),
      .before = text_of(operation, BEFORE),
      .after = text_of(operation, AFTER),
      .pid = pid,
      .arguments = list(operation, ARGUMENTS, middle),
      .environment = list(operation, middle, operation->count),
  };
  int result = call.arguments == NULL || call.environment == NULL ? -1 : hook_start(hook, &call);
  int number = errno;
  free(call.arguments);
  free(call.environment);
  errno = number;
  return result;
}

static int cannot_start(const struct operation *operation, struct error *error) {
  return fail(error, errno, text_of(operation, KIND), " hook ", text_of(operation, PATH), NULL);
}

static int end(const struct operation *operation, const struct hook *hook, struct error *error) {
  return hook_result(hook, text_of(operation, KIND), text_of(operation, PATH), error);
}

int hook_perform(const struct operation *operation, pid_t pid, struct error *error) {
  struct hook hook;
  if (start(operation, pid, &hook) < 0) return cannot_start(operation, error);
  hook_wait(&hook, 1);
  return end(operation, &hook, error);
}

static void warn(const struct error *error) {
  warning(NULL, error->message, error->number == 0 ? "" : ": ", error->number == 0 ? "" : strerror(error->number), NULL);
}

void hook_begin(const struct operation *operation) {
  struct error error;
  if (number_of(operation, BESIDE) == 0 || running_count == HOOKS_AT_ONCE) hooks_wait();
  if (start(operation, 0, &running[running_count]) == 0) {
    running_for[running_count++] = operation;
  } else {
    cannot_start(operation, &error);
    warn(&error);
  }
}

void hooks_wait(void) {
  struct error error;
  hook_wait(running, running_count);
  for (size_t i = 0; i < running_count; i++) {
    if (end(running_for[i], &running[i], &error) < 0) warn(&error);
  }
  running_count = 0;
}
