// The operation `own-streams`.
#include <errno.h>
#include <sys/stat.h>

#include "context.h"
#include "operations.h"
#include "syscalls.h"

// The pipes that are to be a container's stdio, while they can still be given to a user whom only the host knows by that number: root of a user
// namespace has no right to a file of the host's root, and its processes could not open /dev/stdout again. Nothing but pipes, as
// `user` has it (2026-88265).
int do_own_streams(struct context *context, const struct operation *operation, struct error *error) {
  for (int i = 0; i < 3; i++) {
    int fd = context->relayed ? context->relay.child[i] : i;
    struct stat status;
    if (fstat(fd, &status) < 0) return fail(error, errno, "stat a standard stream", NULL);
    if (!S_ISFIFO(status.st_mode)) continue;
    if (fchown(fd, (uid_t)number_of(operation, 0), (gid_t)-1) < 0 && errno != EPERM) return fail(error, errno, "give a standard stream to the user", NULL);
  }
  return 0;
}
