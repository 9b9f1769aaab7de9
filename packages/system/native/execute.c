// Becomes another program.
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "functions.h"

// The `kept` from 3 on are for the new program, and no other is. Bun makes what its caller has left open close-on-exec when it starts,
// but for 3, which it takes for its own.
static bool choose_descriptors(const struct call *call, unsigned int kept) {
  syscall(SYS_close_range, 3 + kept, ~0U, CLOSE_RANGE_CLOEXEC);
  for (unsigned int fd = 3; fd < 3 + kept; fd++) {
    if (fcntl((int)fd, F_SETFD, 0) == 0) continue;
    throw_errno(call, errno, "fcntl", NULL, NULL);
    return false;
  }
  return true;
}

// (file, arguments, environment, how many descriptors from 3 on the program gets). Threads of the engine end with execve; a mask of
// signals would survive it.
struct value *process_execute(const struct call *call) {
  sigset_t none;
  int64_t kept;
  char *file = text_argument(call, 0);
  char **arguments = file == NULL ? NULL : list_argument(call, 1);
  char **environment = arguments == NULL ? NULL : list_argument(call, 2);
  bool chosen = environment != NULL && number_argument(call, 3, &kept) && choose_descriptors(call, (unsigned int)kept);
  if (chosen && sigemptyset(&none) == 0 && sigprocmask(SIG_SETMASK, &none, NULL) == 0) {
    execve(file, arguments, environment);
    throw_errno(call, errno, "execve", file, NULL);
  }
  free_list(environment);
  free_list(arguments);
  free(file);
  return NULL;
}
