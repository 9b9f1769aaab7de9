// When and where a process runs: its scheduling policy, its priority for input and output, its processors.
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "operations.h"
#include "syscalls.h"
#include "text.h"

// sched_setattr(2), SCHED_ATTR_SIZE_VER1; glibc has had neither for long.
struct scheduling_attributes {
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
  uint32_t utilization_minimum, utilization_maximum;
};

static int scheduler_fail(uint64_t policy, struct error *error) {
  char digits[24];
  struct text number = TEXT(digits);
  text_add_number(&number, policy);
  fail(error, errno, "set the scheduling policy ", digits, NULL);
  switch (error->number) {
    case EPERM: return hint(error, "CAP_SYS_NICE; for real time on cgroup v1 also linux.resources.cpu.realtimeRuntime, for SCHED_DEADLINE no cpuset", NULL);
    case EBUSY: return hint(error, "less runtime in a period: the processors have no more to promise", NULL);
    case EINVAL: return hint(error, "a policy that the kernel has, with a priority for SCHED_FIFO and SCHED_RR only, and runtime <= deadline <= period for SCHED_DEADLINE", NULL);
    case EOPNOTSUPP: return hint(error, "no SCHED_FLAG_UTIL_CLAMP_*: the kernel is built without CONFIG_UCLAMP_TASK", NULL);
    default: return -1;
  }
}

int do_scheduler(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  struct scheduling_attributes attributes = {
      .size = sizeof attributes,
      .policy = (uint32_t)number_of(operation, 0),
      .flags = number_of(operation, 3),
      .nice = (int32_t)number_of(operation, 1),
      .priority = (uint32_t)number_of(operation, 2),
      .runtime = number_of(operation, 4),
      .deadline = number_of(operation, 5),
      .period = number_of(operation, 6),
      .utilization_maximum = 1024,  // SCHED_CAPACITY_SCALE: all of it
  };
  if (syscall(SYS_sched_setattr, 0, &attributes, 0) == 0) return 0;
  return scheduler_fail(number_of(operation, 0), error);
}

// <linux/ioprio.h>
enum { IOPRIO_WHO_THIS = 1, IOPRIO_CLASS_POSITION = 13 };

int do_io_priority(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  uint64_t value = number_of(operation, 0) << IOPRIO_CLASS_POSITION | number_of(operation, 1);
  if (syscall(SYS_ioprio_set, IOPRIO_WHO_THIS, 0, (int)value) == 0) return 0;
  fail(error, errno, "set the priority for input and output", NULL);
  return error->number == EPERM ? hint(error, "IOPRIO_CLASS_BE: IOPRIO_CLASS_RT takes CAP_SYS_NICE or CAP_SYS_ADMIN", NULL) : -1;
}

int do_affinity(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  uint64_t most = 0;
  for (uint32_t i = 0; i < operation->count; i++) {
    if (number_of(operation, i) > most) most = number_of(operation, i);
  }
  cpu_set_t *set = most >= UINT16_MAX ? NULL : CPU_ALLOC(most + 1);
  if (set == NULL) return fail(error, EINVAL, "choose the processors: no machine has so many", NULL);
  size_t size = CPU_ALLOC_SIZE(most + 1);
  CPU_ZERO_S(size, set);
  for (uint32_t i = 0; i < operation->count; i++) CPU_SET_S(number_of(operation, i), size, set);
  int result = sched_setaffinity(0, size, set) < 0 ? fail(error, errno, "choose the processors", NULL) : 0;
  CPU_FREE(set);
  if (result == 0 || error->number != EINVAL) return result;
  return hint(error, "processors that the machine has, and that the container's cpuset allows", NULL);
}
