// A session keyring of the process's own: without one it could search that of whoever started it (keyrings(7)). It has no name: by a
// name root in another container could join it.
#include <errno.h>
#include <linux/keyctl.h>
#include <string.h>

#include "operations.h"
#include "status.h"
#include "syscalls.h"

int do_session_keyring(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  (void)error;
  if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) >= 0) return 0;
  // A kernel without keys, or a filter around us that forbids them (docker's does): then there is nothing to search either.
  if (errno == ENOSYS || errno == EPERM) return 0;
  warning(operation, "make a session keyring: ", strerror(errno), NULL);
  return 0;
}
