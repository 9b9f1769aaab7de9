#include "descriptors.h"

#include <errno.h>

#include "operations.h"
#include "status.h"
#include "syscalls.h"

unsigned int kept_descriptors(const struct plan *plan) {
  const struct operation *keep = plan_find(plan, OPERATION_keep_descriptors);
  return keep == NULL ? 0 : (unsigned int)number_of(keep, 0);
}

// The least of them that is not below first; INT32_MAX: none.
static int next_of(const int *descriptors, size_t count, int first) {
  int next = INT32_MAX;
  for (size_t i = 0; i < count; i++) {
    if (descriptors[i] >= first && descriptors[i] < next) next = descriptors[i];
  }
  return next;
}

int close_own_descriptors(const struct context *context, struct error *error) {
  const int spared[] = {context->sync, status_descriptor(), context->answer};
  int first = 3 + (int)kept_descriptors(&context->plan);
  for (;;) {
    int next = next_of(spared, sizeof spared / sizeof *spared, first);
    if (next > first && kernel_close_range((unsigned int)first, (unsigned int)next - 1, 0) < 0) {
      return fail(error, errno, "close what is not the container's", NULL);
    }
    if (next == INT32_MAX) return 0;
    first = next + 1;
  }
}
