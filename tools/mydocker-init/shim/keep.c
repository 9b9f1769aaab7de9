#include "keep.h"

#include <errno.h>

#include "operations.h"
#include "syscalls.h"

int reserve_descriptors(uint64_t count, struct error *error) {
  for (uint64_t fd = 3; fd < 3 + count; fd++) {
    if (fcntl((int)fd, F_GETFD) >= 0) continue;
    int placeholder = open("/", O_PATH | O_CLOEXEC);
    if (placeholder < 0) return fail(error, errno, "reserve a descriptor", NULL);
    if (placeholder == (int)fd) continue;
    int duplicate = dup3(placeholder, (int)fd, O_CLOEXEC);
    close(placeholder);
    if (duplicate < 0) return fail(error, errno, "reserve a descriptor", NULL);
  }
  return 0;
}

void let_kept_go(const struct context *context) {
  const struct operation *keep = plan_find(&context->plan, OPERATION_keep_descriptors);
  if (keep != NULL && number_of(keep, 0) > 0) kernel_close_range(3, 2 + (unsigned int)number_of(keep, 0), 0);
}
