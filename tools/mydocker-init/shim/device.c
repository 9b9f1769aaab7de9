// Things made in the container's root: directories, links, devices.
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "context.h"
#include "mount.h"
#include "operations.h"
#include "path.h"
#include "syscalls.h"

int do_make_directory(struct context *context, const struct operation *operation, struct error *error) {
  int fd = path_make(context->root, text_of(operation, 0), MAKE_DIRECTORY, (mode_t)number_of(operation, 1), error);
  if (fd < 0) return -1;
  struct stat status;
  int result = fstat(fd, &status) < 0 ? fail(error, errno, "stat ", text_of(operation, 0), NULL) : 0;
  close(fd);
  if (result < 0 || S_ISDIR(status.st_mode)) return result;
  return fail(error, ENOTDIR, "make the directory ", text_of(operation, 0), NULL);
}

int do_symbolic_link(struct context *context, const struct operation *operation, struct error *error) {
  const char *path = text_of(operation, 1), *name;
  int parent = path_make_parent(context->root, path, &name, error);
  if (parent < 0) return -1;
  int result = 0;
  if (symlinkat(text_of(operation, 0), parent, name) < 0 && errno != EEXIST) {
    result = fail(error, errno, "make the symbolic link ", path, NULL);
  }
  close(parent);
  return result;
}

struct device {
  const char *path;
  mode_t type, mode;
  dev_t number;
  uid_t uid;
  gid_t gid;
};

static bool is_device(const struct device *device, const struct stat *status) {
  if ((status->st_mode & S_IFMT) != device->type) return false;
  return device->type == S_IFIFO || status->st_rdev == device->number;
}

// Where mknod is forbidden (a user namespace), the host's node of the same path stands in.
static int bind_device(struct context *context, const struct device *device, struct error *error) {
  if (context->shared_mounts) return fail(error, EPERM, "make the device ", device->path, NULL);
  int mount = kernel_open_tree(AT_FDCWD, device->path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  if (mount < 0) {
    fail(error, errno, "bind the host's ", device->path, NULL);
    return error->number == ENOENT ? hint(error, "a device that the host has at that path: this container may make none", NULL) : -1;
  }
  struct stat status;
  int result = fstat(mount, &status) < 0 ? fail(error, errno, "stat the host's ", device->path, NULL) : 0;
  if (result == 0 && !is_device(device, &status)) {
    result = fail(error, ENODEV, "bind the host's ", device->path, ": it is another device", NULL);
  }
  int target = result < 0 ? -1 : path_make(context->root, device->path, MAKE_FILE, 0644, error);
  if (target < 0) result = -1;
  if (result == 0) result = mount_attach(mount, target, device->path, error);
  if (target >= 0) close(target);
  close(mount);
  return result;
}

static int own_device(int parent, const char *name, const struct device *device, struct error *error) {
  if ((device->uid != 0 || device->gid != 0) && fchownat(parent, name, device->uid, device->gid, AT_SYMLINK_NOFOLLOW) < 0) {
    return fail(error, errno, "give the device ", device->path, " its owner", NULL);
  }
  return 0;
}

static int make_device(struct context *context, int parent, const char *name, const struct device *device, struct error *error) {
  // The child's umask is 0 here, so the mode is the one asked for.
  if (mknodat(parent, name, device->type | device->mode, device->number) == 0) return own_device(parent, name, device, error);
  if (errno == EPERM) return bind_device(context, device, error);
  if (errno != EEXIST) return fail(error, errno, "make the device ", device->path, NULL);
  struct stat status;
  if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) < 0) return fail(error, errno, "stat the device ", device->path, NULL);
  if (is_device(device, &status)) return 0;
  // config-linux.md#devices: what is there and is something else is an error.
  fail(error, EEXIST, "make the device ", device->path, NULL);
  return hint(error, "remove what the image has there", NULL);
}

int do_device(struct context *context, const struct operation *operation, struct error *error) {
  struct device device = {
      .path = text_of(operation, 0),
      .type = (mode_t)number_of(operation, 1) & S_IFMT,
      .mode = (mode_t)number_of(operation, 2) & 07777,
      .number = makedev((unsigned int)number_of(operation, 3), (unsigned int)number_of(operation, 4)),
      .uid = (uid_t)number_of(operation, 5),
      .gid = (gid_t)number_of(operation, 6),
  };
  if (device.type != S_IFCHR && device.type != S_IFBLK && device.type != S_IFIFO) {
    return fail(error, EINVAL, "make the device ", device.path, ": its type is none of a device", NULL);
  }
  const char *name;
  int parent = path_make_parent(context->root, device.path, &name, error);
  if (parent < 0) return -1;
  int result = make_device(context, parent, name, &device, error);
  close(parent);
  return result;
}
