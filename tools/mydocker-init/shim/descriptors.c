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

void let_kept_go(const struct context *context) {
  unsigned int kept = kept_descriptors(&context->plan);
  if (kept > 0) kernel_close_range(3, 2 + kept, 0);
}

static int close_between(int first, int last, struct error *error) {
  if (first > last || kernel_close_range((unsigned int)first, (unsigned int)last, 0) == 0) return 0;
  return fail(error, errno, "close what is not the container's", NULL);
}

// The smallest of the numbers that is not below first, or INT32_MAX.
static int next_of(const int *numbers, size_t count, int first) {
  int next = INT32_MAX;
  for (size_t i = 0; i < count; i++) {
    if (numbers[i] >= first && numbers[i] < next) next = numbers[i];
  }
  return next;
}

static int close_all_but(const struct context *context, const int *needed, size_t count, struct error *error) {
  for (int first = 3 + (int)kept_descriptors(&context->plan);;) {
    int next = next_of(needed, count, first);
    if (close_between(first, next - 1, error) < 0) return -1;
    if (next == INT32_MAX) return 0;
    first = next + 1;
  }
}

int close_inherited_descriptors(const struct context *context, struct error *error) {
  const int needed[] = {context->plan_file, status_descriptor()};
  return close_all_but(context, needed, sizeof needed / sizeof needed[0], error);
}

int close_own_descriptors(struct context *context, struct error *error) {
  const int needed[] = {context->sync, context->answer, context->listener, status_descriptor()};
  if (close_all_but(context, needed, sizeof needed / sizeof needed[0], error) < 0) return -1;
  context->plan_file = context->start_fifo = context->root = context->null_device = -1;
  context->mask_null = context->mask_directory = context->private_proc = -1;
  return 0;
}
