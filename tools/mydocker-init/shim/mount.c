#include "mount.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "context.h"
#include "operations.h"
#include "path.h"
#include "syscalls.h"
#include "text.h"

int mount_fail(int fs, const char *type, const char *what, struct error *error) {
  int number = errno;
  char line[256];
  fail(error, number, "mount ", type, ": ", what, NULL);
  // The last message tells the most; each begins with a letter and a space ("e ").
  for (;;) {
    ssize_t length = read(fs, line, sizeof line - 1);
    if (length <= 0) break;
    line[length] = '\0';
    line[strcspn(line, "\n")] = '\0';
    hint(error, "the kernel says: ", length > 2 && line[1] == ' ' ? line + 2 : line, NULL);
  }
  return -1;
}

int mount_option(int fs, const char *option) {
  char key[64];
  const char *equals = strchr(option, '=');
  if (equals == NULL) return kernel_fsconfig(fs, FSCONFIG_SET_FLAG, option, NULL);
  size_t length = (size_t)(equals - option);
  if (length >= sizeof key) {
    errno = EINVAL;
    return -1;
  }
  memcpy(key, option, length);
  key[length] = '\0';
  return kernel_fsconfig(fs, FSCONFIG_SET_STRING, key, equals + 1);
}

static int configure(int fs, const char *type, const char *source, const struct argument *options, uint32_t count,
                     struct error *error) {
  if (source[0] != '\0' && kernel_fsconfig(fs, FSCONFIG_SET_STRING, "source", source) < 0) {
    return mount_fail(fs, type, source, error);
  }
  for (uint32_t i = 0; i < count; i++) {
    if (mount_option(fs, options[i].text) < 0) return mount_fail(fs, type, options[i].text, error);
  }
  if (kernel_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL) < 0) return mount_fail(fs, type, source, error);
  return 0;
}

int mount_new(const char *type, const char *source, uint64_t attributes, const struct argument *options, uint32_t count,
              struct error *error) {
  int fs = kernel_fsopen(type);
  if (fs < 0) {
    fail(error, errno, "mount ", type, NULL);
    return error->number == ENODEV ? hint(error, "a file system that the kernel knows (/proc/filesystems)", NULL) : -1;
  }
  int mount = -1;
  if (configure(fs, type, source, options, count, error) == 0) {
    mount = kernel_fsmount(fs, (unsigned int)attributes);
    if (mount < 0) mount_fail(fs, type, source, error);
  }
  close(fs);
  return mount;
}

int mount_attach(int mount, int target, const char *what, struct error *error) {
  if (kernel_move_mount(mount, target) == 0) return 0;
  int number = errno;
  struct stat source, place;
  // As mount(2) has it, and docker looks for it: a directory on a file, or the other way round.
  if (number == EINVAL && fstat(mount, &source) == 0 && fstat(target, &place) == 0 && S_ISDIR(source.st_mode) != S_ISDIR(place.st_mode)) {
    number = ENOTDIR;
  }
  return fail(error, number, "mount on ", what, NULL);
}

int mount_copy(int fd, bool recursive, const char *what, struct error *error) {
  unsigned int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
  int mount = kernel_open_tree(fd, "", flags);
  return mount >= 0 ? mount : fail(error, errno, "bind ", what, NULL);
}

int mount_attributes(int mount, bool recursive, uint64_t set, uint64_t clear, const char *what, struct error *error) {
  // mount_setattr(2): the access time settings are one field; to change it, all of it is cleared.
  if (((set | clear) & MOUNT_ATTR__ATIME) != 0) clear |= MOUNT_ATTR__ATIME;
  struct mount_attr attributes = {.attr_set = set, .attr_clr = clear};
  if (set == 0 && clear == 0) return 0;
  if (kernel_mount_setattr(mount, recursive ? AT_RECURSIVE : 0, &attributes) == 0) return 0;
  return fail(error, errno, "set the attributes of the mount of ", what, NULL);
}

// procfs and sysfs are mounted on a real directory only: were /proc a link or a file of the image, what is written
// and masked there later would be elsewhere (CVE-2019-19921).
int mount_open_real_target(int root, const char *type, const char *target, struct error *error) {
  int fd = path_make(root, target, MAKE_DIRECTORY, 0755, error);
  if (fd < 0) return -1;
  close(fd);
  fd = path_open_real(root, target);
  struct stat status;
  if (fd >= 0 && fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) return fd;
  fail(error, fd < 0 ? errno : ENOTDIR, "mount ", type, " on ", target, ": it must be a real directory in the image", NULL);
  if (fd >= 0) close(fd);
  return -1;
}

int mount_open_target(int root, const char *type, const char *target, struct error *error) {
  if (strcmp(type, "proc") == 0 || strcmp(type, "sysfs") == 0) return mount_open_real_target(root, type, target, error);
  return path_make(root, target, MAKE_DIRECTORY, 0755, error);
}

int do_mount(struct context *context, const struct operation *operation, struct error *error) {
  const char *type = text_of(operation, 0), *target = text_of(operation, 2);
  int fd = mount_open_target(context->root, type, target, error);
  if (fd < 0) return -1;
  int mount = mount_new(type, text_of(operation, 1), number_of(operation, 3), operation->arguments + 4, operation->count - 4, error);
  int result = mount < 0 ? -1 : mount_attach(mount, fd, target, error);
  if (mount >= 0) close(mount);
  close(fd);
  return result;
}

int mount_propagation(int mount, uint64_t propagation, const char *what, struct error *error) {
  struct mount_attr attributes = {.propagation = propagation & ~(uint64_t)MS_REC};
  if (propagation == 0) return 0;
  if (kernel_mount_setattr(mount, (propagation & MS_REC) != 0 ? AT_RECURSIVE : 0, &attributes) == 0) return 0;
  return fail(error, errno, "set the propagation of the mount of ", what, NULL);
}

static int attach_bind(struct context *context, int mount, const struct operation *operation, struct error *error) {
  const char *source = text_of(operation, 0), *target = text_of(operation, 1);
  struct stat status;
  if (fstat(mount, &status) < 0) return fail(error, errno, "stat ", source, NULL);
  if (mount_attributes(mount, (number_of(operation, 2) & 2) != 0, number_of(operation, 3), number_of(operation, 4), source, error) < 0 ||
      mount_propagation(mount, number_of(operation, 5), source, error) < 0) {
    return -1;
  }
  bool directory = S_ISDIR(status.st_mode);
  int fd = path_make(context->root, target, directory ? MAKE_DIRECTORY : MAKE_FILE, directory ? 0755 : 0644, error);
  if (fd < 0) return -1;
  int result = mount_attach(mount, fd, target, error);
  if (result < 0 && error->number == ENOTDIR) {
    hint(error, directory ? "a directory as the target, or a file as the source" : "a file as the target, or a directory as the source", NULL);
  }
  close(fd);
  return result;
}

int do_bind(struct context *context, const struct operation *operation, struct error *error) {
  const char *source = text_of(operation, 0);
  bool recursive = (number_of(operation, 2) & 1) != 0;
  if (source[0] != '/') return fail(error, EINVAL, "bind ", source, ": its path is not absolute", NULL);
  int mount = kernel_open_tree(AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0));
  if (mount < 0) {
    fail(error, errno, "bind ", source, NULL);
    return error->number == ENOENT ? hint(error, "make it first: what is bound has to exist on the host", NULL) : -1;
  }
  int result = attach_bind(context, mount, operation, error);
  close(mount);
  return result;
}

int do_propagation(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  if (kernel_mount(NULL, "/", NULL, number_of(operation, 0), NULL) == 0) return 0;
  return fail(error, errno, "set the propagation of /", NULL);
}
