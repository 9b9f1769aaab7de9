// What fails of the weakened shim, where MYDOCKER_WEAKENED has `fail-at:N`: the plan's operation N, after it has been done. Linked with
// --wrap=perform.
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../operations.h"
#include "../text.h"

int __real_perform(struct context *context, const struct operation *operation, struct error *error);
int __wrap_perform(struct context *context, const struct operation *operation, struct error *error);

static bool fails_at(uint32_t index) {
  const char *list = getenv("MYDOCKER_WEAKENED"), *at = list == NULL ? NULL : strstr(list, "fail-at:");
  uint64_t number;
  return at != NULL && parse_decimal(at + strlen("fail-at:"), UINT32_MAX, &number) == 0 && number == index;
}

int __wrap_perform(struct context *context, const struct operation *operation, struct error *error) {
  bool fails = fails_at(operation->index), last = operation->kind->code == OPERATION_execute;
  if (!(fails && last) && __real_perform(context, operation, error) < 0) return -1;
  return fails ? fail(error, EIO, "it is made to fail here", NULL) : 0;
}
