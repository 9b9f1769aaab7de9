#include "scope.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "operations.h"
#include "start-time.h"
#include "text.h"

// A child of the program that this one was before (the role `hold`), so that no other process can have its pid.
int do_scope_holder(struct context *context, const struct operation *operation, struct error *error) {
  uint64_t pid = number_of(operation, 0), start;
  if (pid == 0 || pid > INT32_MAX || start_time((pid_t)pid, &start) < 0 || start != number_of(operation, 1)) {
    return fail(error, ESRCH, "find the process that holds the scope: it has ended", NULL);
  }
  context->scope_holder = (pid_t)pid;
  return 0;
}

void scope_let_go(struct context *context) {
  if (context->scope_holder == 0) return;
  kill(context->scope_holder, SIGKILL);
  // Until it has been waited for it counts among the container's processes. With `detach` the front is its parent, and leaves now.
  while (waitpid(context->scope_holder, NULL, 0) < 0 && errno == EINTR) continue;
  context->scope_holder = 0;
}

int hold_scope_role(int argc, char **argv) {
  uint64_t parent;
  // Not longer than whoever started it, which is to become the shim, and may have been killed before the death signal was set.
  if (argc != 1 || parse_decimal(argv[0], INT32_MAX, &parent) < 0) return EXIT_SHIM;
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != (pid_t)parent) return EXIT_SHIM;
  for (;;) pause();
}
