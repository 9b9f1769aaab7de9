#include "change-root.h"

#include <errno.h>

#include "operations.h"
#include "root.h"
#include "start-time.h"
#include "syscalls.h"
#include "text.h"

static int change_root(int directory, struct error *error) {
  if (fchdir(directory) < 0 || chroot(".") < 0 || chdir("/") < 0) return fail(error, errno, "change the root", NULL);
  return 0;
}

int do_root_directory(struct context *context, const struct operation *operation, struct error *error) {
  const char *path = text_of(operation, 0);
  int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root < 0) return fail(error, errno, "open the container's root ", path, NULL);
  become_root(context, root);
  // Not to be pivoted into, nor mounted in: both would be done to whoever else is in the mount namespace.
  context->has_root = false;
  context->shared_mounts = true;
  return 0;
}

int do_change_root(struct context *context, const struct operation *operation, struct error *error) {
  (void)operation;
  if (!context->shared_mounts) return fail(error, EINVAL, "change the root: no root directory is given", NULL);
  return change_root(context->root, error);
}

int do_process_root(struct context *context, const struct operation *operation, struct error *error) {
  char path[64];
  struct text text = TEXT(path);
  uint64_t start;
  text_add(&text, "/proc/");
  text_add_number(&text, number_of(operation, 0));
  text_add(&text, "/root");
  context->process_root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (context->process_root < 0) return fail(error, errno, "open the root of the container's process", NULL);
  // Opened, and then seen to be that process: it was its root.
  if (start_time((pid_t)number_of(operation, 0), &start) == 0 && start == number_of(operation, 1)) return 0;
  return fail(error, ESRCH, "open the root of the container's process: it has ended", NULL);
}

int enter_process_root(const struct context *context, struct error *error) {
  return context->process_root < 0 ? 0 : change_root(context->process_root, error);
}
