// What a container must not see or write: masked and read-only paths.
#include <errno.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "child.h"
#include "context.h"
#include "mount.h"
#include "operations.h"
#include "path.h"
#include "syscalls.h"

int open_null_device(struct error *error) {
  int fd = open("/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
  struct stat status;
  if (fd < 0) return fail(error, errno, "open /dev/null", NULL);
  // CVE-2025-31133: whatever else is called /dev/null would be bound, writable, over what is to be hidden.
  if (fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3)) return fd;
  close(fd);
  return fail(error, ENODEV, "open /dev/null: it is not the null device", NULL);
}

// The first mask of a kind makes a mount, and stays open; the others copy it. (An unattached mount cannot be copied before 6.15.)
static int mask_mount(struct context *context, bool directory, struct error *error) {
  static const uint64_t attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  static const struct argument options[] = {{.type = ARGUMENT_TEXT, .text = "ro"}};
  int first = directory ? context->mask_directory : context->mask_null;
  if (first >= 0) return mount_copy(first, false, "a mask", error);
  if (directory) return mount_new("tmpfs", "tmpfs", attributes, options, 1, error);
  int mount = mount_copy(context->null_device, false, "/dev/null", error);
  // Read-only, so that chmod in a container does not reach the host's device; it can be written to all the same.
  if (mount < 0 || mount_attributes(mount, false, attributes & ~(uint64_t)MOUNT_ATTR_NODEV, 0, "/dev/null", error) == 0) return mount;
  close(mount);
  return -1;
}

int do_mask(struct context *context, const struct operation *operation, struct error *error) {
  const char *path = text_of(operation, 0);
  struct stat status;
  int target = path_open(context->root, path);
  if (target < 0) return errno == ENOENT || errno == ENOTDIR ? 0 : fail(error, errno, "mask ", path, NULL);
  if (fstat(target, &status) < 0) {
    close(target);
    return fail(error, errno, "mask ", path, NULL);
  }
  bool directory = S_ISDIR(status.st_mode);
  int mount = mask_mount(context, directory, error);
  int result = mount < 0 ? -1 : mount_attach(mount, target, path, error);
  close(target);
  if (result < 0) {
    if (mount >= 0) close(mount);
    return -1;
  }
  int *first = directory ? &context->mask_directory : &context->mask_null;
  if (*first < 0) {
    *first = mount;
  } else {
    close(mount);
  }
  return 0;
}

int do_read_only(struct context *context, const struct operation *operation, struct error *error) {
  const char *path = text_of(operation, 0);
  int target = path_open(context->root, path);
  if (target < 0) return errno == ENOENT || errno == ENOTDIR ? 0 : fail(error, errno, "make read-only ", path, NULL);
  int mount = mount_copy(target, true, path, error);
  int result = mount < 0 || mount_attributes(mount, true, MOUNT_ATTR_RDONLY, 0, path, error) < 0
                   ? -1
                   : mount_attach(mount, target, path, error);
  if (mount >= 0) close(mount);
  close(target);
  return result;
}
