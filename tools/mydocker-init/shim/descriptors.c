#include "descriptors.h"

#include <errno.h>
#include <sys/eventfd.h>

#include "operations.h"
#include "status.h"
#include "syscalls.h"

unsigned int kept_descriptors(const struct plan *plan) {
  const struct operation *keep = plan_find(plan, OPERATION_keep_descriptors);
  return keep == NULL ? 0 : (unsigned int)number_of(keep, 0);
}

int reserve_descriptors(uint64_t count, struct error *error) {
  for (uint64_t fd = 3; fd < 3 + count; fd++) {
    if (fcntl((int)fd, F_GETFD) >= 0) continue;
    // Nothing that has a path: a command could be looked up below /proc/self/fd (CVE-2024-21626).
    int placeholder = eventfd(0, EFD_CLOEXEC);
    if (placeholder < 0) return fail(error, errno, "reserve a descriptor", NULL);
    if (placeholder == (int)fd) continue;
    int duplicate = dup3(placeholder, (int)fd, O_CLOEXEC);
    close(placeholder);
    if (duplicate < 0) return fail(error, errno, "reserve a descriptor", NULL);
  }
  return 0;
}

static int close_between(int first, int last, struct error *error) {
  if (first > last || kernel_close_range((unsigned int)first, (unsigned int)last, 0) == 0) return 0;
  return fail(error, errno, "close what is not the container's", NULL);
}

int close_own_descriptors(const struct context *context, struct error *error) {
  int first = 3 + (int)kept_descriptors(&context->plan), one = context->sync, other = status_descriptor();
  if (other >= 0 && other < one) {
    one = other;
    other = context->sync;
  }
  if (other < one) other = one;
  return close_between(first, one - 1, error) < 0 || close_between(one + 1, other - 1, error) < 0 ||
                 close_between(other + 1, INT32_MAX, error) < 0
             ? -1
             : 0;
}
