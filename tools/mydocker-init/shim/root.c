// The container's root: an overlay or a directory, mounted in the container's own mount namespace, and then pivoted into.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

#include "context.h"
#include "mount.h"
#include "operations.h"
#include "path.h"
#include "root.h"
#include "syscalls.h"
#include "text.h"

// fsconfig(2) takes strings of at most 255 bytes; mount(2) takes a page of options.
enum { FSCONFIG_LIMIT = 256, MOUNT_DATA_LIMIT = 4096 };

// overlayfs takes backslashes as escapes; `special` are the characters that would end the value where it is used.
static void add_escaped(struct text *text, const char *path, const char *special) {
  for (; *path != '\0'; path++) {
    if (*path == '\\' || strchr(special, *path) != NULL) text_add(text, "\\");
    text_add_bytes(text, path, 1);
  }
}

static void add_lowers(struct text *text, const struct operation *operation, const char *special) {
  for (uint32_t i = 3; i < operation->count; i++) {
    if (i > 3) text_add(text, ":");
    add_escaped(text, text_of(operation, i), special);
  }
}

static int set_path(int fs, const char *key, const char *path) {
  char value[FSCONFIG_LIMIT];
  struct text text = TEXT(value);
  value[0] = '\0';
  add_escaped(&text, path, "");
  if (text.used + 1 < sizeof value) return kernel_fsconfig(fs, FSCONFIG_SET_STRING, key, value);
  errno = ENAMETOOLONG;
  return -1;
}

static int set_all_lowers(int fs, const struct operation *operation) {
  char value[FSCONFIG_LIMIT];
  struct text text = TEXT(value);
  value[0] = '\0';
  add_lowers(&text, operation, ":");
  if (text.used + 1 < sizeof value) return kernel_fsconfig(fs, FSCONFIG_SET_STRING, "lowerdir", value);
  errno = ENAMETOOLONG;
  return -1;
}

static int set_lowers(int fs, const struct operation *operation) {
  // "lowerdir" is known to every kernel, "lowerdir+" (one layer at a time, as it is) since 6.7.
  if (operation->count == 4) return set_all_lowers(fs, operation);
  for (uint32_t i = 3; i < operation->count; i++) {
    if (kernel_fsconfig(fs, FSCONFIG_SET_STRING, "lowerdir+", text_of(operation, i)) == 0) continue;
    return i > 3 || errno != EINVAL ? -1 : set_all_lowers(fs, operation);
  }
  return 0;
}

static bool is_short(const struct operation *operation) {
  for (uint32_t i = 1; i < operation->count; i++) {
    if (strlen(text_of(operation, i)) + 1 >= FSCONFIG_LIMIT) return false;
  }
  return true;
}

// Unmounting an overlay syncs the whole file system that its upper layer is on, before the container's end is seen. A container
// that is removed as it ends has nothing to keep. Linux 5.10; the marker that the kernel leaves in work/ goes with it.
int do_root_volatile(struct context *context, const struct operation *operation, struct error *error) {
  (void)operation;
  (void)error;
  context->root_volatile = true;
  return 0;
}

int overlay_new(const struct context *context, const struct operation *operation, struct error *error) {
  int mount = -1;
  int fs = kernel_fsopen("overlay");
  if (fs < 0) return fail(error, errno, "mount overlay", NULL);
  if (kernel_fsconfig(fs, FSCONFIG_SET_STRING, "source", "overlay") < 0 || set_lowers(fs, operation) < 0 ||
      set_path(fs, "upperdir", text_of(operation, 1)) < 0 || set_path(fs, "workdir", text_of(operation, 2)) < 0 ||
      (context->root_volatile && kernel_fsconfig(fs, FSCONFIG_SET_FLAG, "volatile", NULL) < 0) ||
      kernel_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL) < 0) {
    mount_fail(fs, "overlay", text_of(operation, 0), error);
  } else {
    mount = kernel_fsmount(fs, 0);
    if (mount < 0) mount_fail(fs, "overlay", text_of(operation, 0), error);
  }
  close(fs);
  return mount;
}

// With mount(2), for paths that fsconfig refuses. The mount is on target already.
static int mount_overlay(const struct context *context, const struct operation *operation, struct error *error) {
  static const char special[] = ":,";
  char options[MOUNT_DATA_LIMIT];
  struct text text = TEXT(options);
  options[0] = '\0';
  if (context->root_volatile) text_add(&text, "volatile,");
  text_add(&text, "upperdir=");
  add_escaped(&text, text_of(operation, 1), ",");
  text_add(&text, ",workdir=");
  add_escaped(&text, text_of(operation, 2), ",");
  text_add(&text, ",lowerdir=");
  add_lowers(&text, operation, special);
  if (text.used + 1 >= sizeof options) return fail(error, ENAMETOOLONG, "mount overlay: its layers' paths are too long together", NULL);
  if (kernel_mount("overlay", text_of(operation, 0), "overlay", 0, options) < 0) {
    return fail(error, errno, "mount overlay on ", text_of(operation, 0), NULL);
  }
  int root = open(text_of(operation, 0), O_PATH | O_DIRECTORY | O_CLOEXEC);
  return root >= 0 ? root : fail(error, errno, "open ", text_of(operation, 0), NULL);
}

void become_root(struct context *context, int root) {
  if (context->root >= 0) close(context->root);
  context->root = root;
  context->has_root = true;
}

static int attach_root(struct context *context, int mount, const char *target, struct error *error) {
  int fd = open(target, O_PATH | O_DIRECTORY | O_CLOEXEC);
  int result = fd < 0 ? fail(error, errno, "open ", target, NULL) : mount_attach(mount, fd, target, error);
  if (fd >= 0) close(fd);
  if (result < 0) {
    close(mount);
    return -1;
  }
  become_root(context, mount);
  return 0;
}

int do_root_overlay(struct context *context, const struct operation *operation, struct error *error) {
  if (operation->count == 3) return fail(error, EINVAL, "mount overlay: it has no lower layer", NULL);
  struct error refused = {.number = ENAMETOOLONG};
  if (is_short(operation)) {
    int mount = overlay_new(context, operation, error);
    if (mount >= 0) return attach_root(context, mount, text_of(operation, 0), error);
    // EINVAL: before 6.5 overlayfs takes any fsconfig key, "lowerdir+" too, and refuses them all together when it is created.
    if (error->number != ENAMETOOLONG && error->number != EINVAL) return -1;
    refused = *error;
  }
  int root = mount_overlay(context, operation, error);
  // Where both refuse, the first says more: it has the kernel's own words.
  if (root < 0 && refused.number == EINVAL) *error = refused;
  if (root < 0) return -1;
  become_root(context, root);
  return 0;
}

int do_root_bind(struct context *context, const struct operation *operation, struct error *error) {
  const char *target = text_of(operation, 0);
  int mount = kernel_open_tree(AT_FDCWD, target, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
  if (mount < 0) return fail(error, errno, "bind ", target, NULL);
  return attach_root(context, mount, target, error);
}

// pivot_root(2) exchanges the root of this process. Where that was not the root of the mount namespace (mydocker runs in a
// chroot), the host's root is still above the new one, and whoever joins the namespace comes out there: setns(2) goes to
// the namespace's own root. So go there, and see where it is.
static int check_alone(int namespace, int root, struct error *error) {
  struct stat expected, found;
  if (setns(namespace, CLONE_NEWNS) < 0) return fail(error, errno, "go to the root of the container's mount namespace", NULL);
  if (fstat(root, &expected) < 0 || stat("/", &found) < 0) return fail(error, errno, "stat the container's root", NULL);
  if (expected.st_dev == found.st_dev && expected.st_ino == found.st_ino) return 0;
  fail(error, EINVAL, "pivot: the host's root would stay reachable from the container", NULL);
  return hint(error, "to run mydocker outside of any chroot", NULL);
}

int do_pivot(struct context *context, const struct operation *operation, struct error *error) {
  (void)operation;
  if (!context->has_root) return fail(error, EINVAL, "pivot: no root has been mounted", NULL);
  context->pivoted = true;
  int namespace = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
  if (namespace < 0) return fail(error, errno, "open /proc/self/ns/mnt", NULL);
  int old = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (old < 0) return fail(error, errno, "open /", NULL);
  if (fchdir(context->root) < 0) return fail(error, errno, "change into the container's root", NULL);
  // pivot_root(2), "pivot_root(".", ".")": the old root ends up on top of the new one, and is taken off.
  if (kernel_pivot_root(".", ".") < 0) {
    fail(error, errno, "pivot into the container's root", NULL);
    return error->number == EINVAL ? hint(error, "to run mydocker outside of any chroot", NULL) : -1;
  }
  // Were the old root's mounts still peers of the host's, unmounting them would unmount the host's. "." is the new root until here, and its
  // mounts keep their propagation.
  if (fchdir(old) < 0) return fail(error, errno, "change into the old root", NULL);
  if (kernel_mount(NULL, ".", NULL, MS_SLAVE | MS_REC, NULL) < 0) return fail(error, errno, "part the old root from the host", NULL);
  if (kernel_umount2(".", MNT_DETACH) < 0) return fail(error, errno, "unmount the old root", NULL);
  if (check_alone(namespace, context->root, error) < 0) return -1;
  close(namespace);
  close(old);
  if (chdir("/") < 0) return fail(error, errno, "change into the container's root", NULL);
  return 0;
}

int do_root_read_only(struct context *context, const struct operation *operation, struct error *error) {
  (void)operation;
  return mount_attributes(context->root, false, MOUNT_ATTR_RDONLY, 0, "the container's root", error);
}
