// Mounts as mount(2) makes them, and mounts that are there already and get something changed.
#include <errno.h>
#include <sys/stat.h>

#include "context.h"
#include "mount.h"
#include "operations.h"
#include "path.h"
#include "syscalls.h"
#include "text.h"

static void descriptor_path(struct text *text, int fd) {
  text_add(text, "/proc/self/fd/");
  text_add_signed(text, fd);
}

// For what fsconfig(2) has no way to say. The target is reached by its descriptor: nothing can be exchanged on the way.
int do_mount_data(struct context *context, const struct operation *operation, struct error *error) {
  const char *type = text_of(operation, 0), *target = text_of(operation, 2);
  char path[64];
  struct text text = TEXT(path);
  int fd = mount_open_target(context->root, type, target, error);
  if (fd < 0) return -1;
  descriptor_path(&text, fd);
  int result = kernel_mount(text_of(operation, 1), path, type, number_of(operation, 3), text_of(operation, 4));
  if (result < 0) fail(error, errno, "mount ", type, " on ", target, NULL);
  close(fd);
  return result;
}

// What is mounted at a path in the container; the changes below refuse what is no mount (EINVAL).
static int open_mount(const struct context *context, const char *target, struct error *error) {
  int fd = path_open(context->root, target);
  if (fd < 0) return fail(error, errno, "open ", target, " in the container", NULL);
  return fd;
}

int do_mount_attributes(struct context *context, const struct operation *operation, struct error *error) {
  const char *target = text_of(operation, 0);
  int fd = open_mount(context, target, error);
  if (fd < 0) return -1;
  int result = mount_attributes(fd, (number_of(operation, 1) & 1) != 0, number_of(operation, 2), number_of(operation, 3), target, error);
  for (uint32_t i = 4; i < operation->count && result == 0; i++) result = mount_propagation(fd, number_of(operation, i), target, error);
  if (result < 0 && error->number == EINVAL) hint(error, "a path that something is mounted on", NULL);
  close(fd);
  return result;
}

static int reconfigure(int target, const struct operation *operation, struct error *error) {
  const char *path = text_of(operation, 0);
  int fs = kernel_fspick(target);
  if (fs < 0) return fail(error, errno, "remount ", path, NULL);
  int result = 0;
  for (uint32_t i = 3; i < operation->count && result == 0; i++) {
    if (mount_option(fs, text_of(operation, i)) < 0) result = mount_fail(fs, path, text_of(operation, i), error);
  }
  if (result == 0 && kernel_fsconfig(fs, FSCONFIG_CMD_RECONFIGURE, NULL, NULL) < 0) result = mount_fail(fs, path, "remount", error);
  close(fs);
  return result;
}

int do_remount(struct context *context, const struct operation *operation, struct error *error) {
  const char *target = text_of(operation, 0);
  int fd = open_mount(context, target, error);
  if (fd < 0) return -1;
  int result = mount_attributes(fd, false, number_of(operation, 1), number_of(operation, 2), target, error);
  if (result < 0 && error->number == EINVAL) hint(error, "a path that something is mounted on", NULL);
  // Without an option the file system is not asked: it may be the host's as well.
  if (result == 0 && operation->count > 3) result = reconfigure(fd, operation, error);
  close(fd);
  return result;
}
