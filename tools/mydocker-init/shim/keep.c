#include "keep.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "operations.h"
#include "start-time.h"
#include "syscalls.h"
#include "text.h"

enum { PID, START, COUNT };

void let_kept_go(const struct context *context) {
  const struct operation *keep = plan_find(&context->plan, OPERATION_keep_descriptors);
  if (keep != NULL && number_of(keep, 0) > 0) kernel_close_range(3, 2 + (unsigned int)number_of(keep, 0), 0);
}

static int take(int holder, uint64_t count, struct error *error) {
  for (uint64_t fd = 3; fd < 3 + count; fd++) {
    char digits[24];
    struct text number = TEXT(digits);
    int taken = kernel_pidfd_getfd(holder, (int)fd);
    int reason = errno;
    int placed = taken < 0 ? -1 : dup2(taken, (int)fd);
    if (taken >= 0) reason = errno;
    if (taken >= 0 && taken != (int)fd) close(taken);
    if (placed >= 0) continue;
    text_add_number(&number, fd);
    return fail(error, reason, "take over descriptor ", digits, NULL);
  }
  return 0;
}

// Bun makes every descriptor close-on-exec before it executes another program. So those to be kept are held by a child of this
// process (the role `hold`) meanwhile, from which they come over by pidfd_getfd(2) (Linux 5.6).
int do_take_descriptors(struct context *context, const struct operation *operation, struct error *error) {
  const struct operation *keep = plan_find(&context->plan, OPERATION_keep_descriptors);
  uint64_t count = number_of(operation, COUNT), pid = number_of(operation, PID), start;
  if (pid == 0 || pid > INT32_MAX) return fail(error, EINVAL, "take descriptors over: not a process id", NULL);
  // Else they would overwrite what stands at those numbers.
  if (keep == NULL || number_of(keep, 0) < count) return fail(error, EINVAL, "take descriptors over: they are not kept", NULL);
  int holder = kernel_pidfd_open((pid_t)pid);
  if (holder < 0) return fail(error, errno, "find the process that holds descriptors", NULL);
  int result = -1;
  if (start_time((pid_t)pid, &start) < 0 || start != number_of(operation, START)) {
    fail(error, ESRCH, "find the process that holds descriptors: it has ended", NULL);
  } else {
    result = take(holder, count, error);
    // A child of the program that this one was before: nobody else waits for it.
    kill((pid_t)pid, SIGKILL);
    while (waitpid((pid_t)pid, NULL, 0) < 0 && errno == EINTR) continue;
  }
  close(holder);
  return result;
}

int hold_role(int argc, char **argv) {
  uint64_t parent;
  // Not longer than whoever started it, which is to become the shim, and may have been killed before the death signal was set.
  if (argc != 1 || parse_decimal(argv[0], INT32_MAX, &parent) < 0) return EXIT_SHIM;
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != (pid_t)parent) return EXIT_SHIM;
  for (;;) pause();
}
