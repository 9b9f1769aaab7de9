#include "prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "descriptors.h"
#include "error-log.h"
#include "operations.h"
#include "seal.h"
#include "status.h"

static int check_plan(enum role role, const struct plan *plan, struct error *error) {
  uint32_t clones = 0;
  const struct operation *last_host = NULL, *last = NULL;
  for (uint32_t i = 0; i < plan->count; i++) {
    const struct operation *operation = &plan->operations[i];
    if (operation->kind->phase == PHASE_COMPILE) return fail(error, EINVAL, "plan: it compiles a filter and makes a container", NULL);
    if (operation->kind->phase == PHASE_HOST) last_host = operation;
    if (operation->kind->phase == PHASE_CONTAINER) last = operation;
    if (operation->kind->code == OPERATION_clone) clones++;
  }
  if (role != ROLE_RUN && plan_find(plan, OPERATION_relay) != NULL) {
    return fail(error, EINVAL, "plan: only the role run stays to relay", NULL);
  }
  if (clones != 1 || last_host == NULL || last_host->kind->code != OPERATION_clone) {
    return fail(error, EINVAL, "plan: it needs one clone, behind everything else of the host phase", NULL);
  }
  if (last == NULL || (last->kind->code != OPERATION_execute && last->kind->code != OPERATION_show_file)) {
    return fail(error, EINVAL, "plan: its container phase does not end in execute or show-file", NULL);
  }
  return 0;
}

static int keep_descriptors(struct context *context, const struct descriptors *descriptors, struct error *error) {
  const struct operation *keep = plan_find(&context->plan, OPERATION_keep_descriptors);
  if (keep == NULL) return 0;
  uint64_t kept = number_of(keep, 0);
  if (kept > 1024) return fail(error, EINVAL, "keep descriptors: more than 1024", NULL);
  int first = 3 + (int)kept;
  if (descriptors->status >= 0 && descriptors->status < first) {
    return fail(error, EINVAL, "keep descriptors: the status descriptor is among them", NULL);
  }
  int moved = fcntl(context->plan_file, F_DUPFD_CLOEXEC, first);
  if (moved < 0) return fail(error, errno, "keep descriptors", NULL);
  close(context->plan_file);
  context->plan_file = moved;
  return reserve_descriptors(kept, error);
}

// Messages go to the caller's stderr, also from a process that has given its own away.
static int keep_stderr(const struct descriptors *descriptors, struct error *error) {
  if (descriptors->status >= 0) return 0;
  int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  if (fd < 0) return fail(error, errno, "keep stderr", NULL);
  status_open(fd, false);
  return 0;
}

int prepare_plan(struct context *context, const struct descriptors *descriptors, struct error *error) {
  struct plan_bytes bytes;
  if (plan_read(descriptors->plan, &bytes, error) < 0) return -1;
  close(descriptors->plan);
  context->plan_file = seal_bytes(bytes.data, bytes.size, error);
  if (context->plan_file < 0 || plan_decode(&context->plan, &bytes, error) < 0) return -1;
  choose_message_style(&context->plan);
  if (check_plan(context->role, &context->plan, error) < 0 ||
      keep_descriptors(context, descriptors, error) < 0 || close_inherited_descriptors(context, error) < 0 ||
      keep_stderr(descriptors, error) < 0 ||
      error_log_open(&context->plan, error) < 0) {
    return -1;
  }
  // Before join-process: afterwards /proc is the container's.
  context->self_file = seal_self(error);
  return context->self_file < 0 ? -1 : 0;
}
