// Mounts that the parent makes, with the host's privileges and in the host's mount namespace, and the child attaches in the container: what
// a user namespace has no right to (a source that its root cannot reach, an id-mapped mount, a sysfs of a network namespace that is not its own), and
// binds that are to get the host's mount events, which a private copy of the host's mounts is cut off from.
#include <errno.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include "context.h"
#include "mount.h"
#include "namespace.h"
#include "operations.h"
#include "path.h"
#include "root.h"
#include "spawn.h"
#include "syscalls.h"
#include "text.h"

enum prepare_flags { PREPARE_RECURSIVE = 1, PREPARE_ALL_ATTRIBUTES = 2, PREPARE_IDS = 4, PREPARE_ALL_IDS = 8 };

static int keep(struct context *context, int mount, struct error *error) {
  if (context->prepared_count == PREPARED_LIMIT) {
    close(mount);
    return fail(error, E2BIG, "prepare a mount: there are too many", NULL);
  }
  context->prepared[context->prepared_count++] = mount;
  return 0;
}

// A mapping exists only as a user namespace, and that only with a process in it, until it is held open.
static int open_mapped(pid_t pid, const struct operation *operation, struct error *error) {
  char path[64];
  struct text text = TEXT(path);
  if (write_child_file(pid, "uid_map", text_of(operation, 0), error) < 0) return -1;
  if (write_child_file(pid, "gid_map", text_of(operation, 1), error) < 0) return -1;
  text_add(&text, "/proc/");
  text_add_signed(&text, pid);
  text_add(&text, "/ns/user");
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  return fd >= 0 ? fd : fail(error, errno, "open the user namespace of an id mapping", NULL);
}

static _Noreturn void wait_to_be_killed(void) {
  // The parent may be killed first.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) pause();
}

static int make_mapped(const struct operation *operation, struct error *error) {
  struct clone_args arguments = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
  pid_t pid = kernel_clone3(&arguments);
  if (pid < 0) return fail(error, errno, "make a user namespace for an id mapping", NULL);
  if (pid == 0) wait_to_be_killed();
  int namespace = open_mapped(pid, operation, error);
  kill(pid, SIGKILL);
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
  return namespace;
}

// A mapping of texts, or, where the second is empty, that of the user namespace at a path.
int do_id_map(struct context *context, const struct operation *operation, struct error *error) {
  const char *path = text_of(operation, 0);
  bool exists = text_of(operation, 1)[0] == '\0';
  int namespace = exists ? open(path, O_RDONLY | O_CLOEXEC) : make_mapped(operation, error);
  if (namespace < 0) return exists ? fail(error, errno, "open the namespace ", path, NULL) : -1;
  if (context->id_map >= 0) close(context->id_map);
  context->id_map = namespace;
  return 0;
}

static int map_ids(const struct context *context, int mount, uint64_t flags, const char *what, struct error *error) {
  if ((flags & (PREPARE_IDS | PREPARE_ALL_IDS)) == 0) return 0;
  if (context->id_map < 0) return fail(error, EINVAL, "map the ids of ", what, ": no mapping is given", NULL);
  struct mount_attr attributes = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)context->id_map};
  if (kernel_mount_setattr(mount, (flags & PREPARE_ALL_IDS) != 0 ? AT_RECURSIVE : 0, &attributes) == 0) return 0;
  fail(error, errno, "map the ids of ", what, NULL);
  if (error->number != EINVAL) return -1;
  return hint(error, "a file system whose mounts can be id-mapped (ext4, xfs, btrfs; tmpfs since Linux 6.3)", NULL);
}

static int set_up(const struct context *context, int mount, const struct operation *operation, struct error *error) {
  const char *source = text_of(operation, 0);
  uint64_t flags = number_of(operation, 1);
  bool recursive = (flags & PREPARE_ALL_ATTRIBUTES) != 0;
  if (mount_attributes(mount, recursive, number_of(operation, 2), number_of(operation, 3), source, error) < 0) return -1;
  for (uint32_t i = 4; i < operation->count; i++) {
    if (mount_propagation(mount, number_of(operation, i), source, error) < 0) return -1;
  }
  return map_ids(context, mount, flags, source, error);
}

int do_prepare_bind(struct context *context, const struct operation *operation, struct error *error) {
  const char *source = text_of(operation, 0);
  bool recursive = (number_of(operation, 1) & PREPARE_RECURSIVE) != 0;
  if (source[0] != '/') return fail(error, EINVAL, "bind ", source, ": its path is not absolute", NULL);
  int mount = kernel_open_tree(AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0));
  if (mount < 0) {
    fail(error, errno, "bind ", source, NULL);
    return error->number == ENOENT ? hint(error, "make it first: what is bound has to exist on the host", NULL) : -1;
  }
  if (set_up(context, mount, operation, error) == 0) return keep(context, mount, error);
  close(mount);
  return -1;
}

static int new_mount(const struct operation *operation, struct error *error) {
  return mount_new(text_of(operation, 0), text_of(operation, 1), number_of(operation, 2), operation->arguments + 6, operation->count - 6, error);
}

// A file system shows the namespace of who mounts it: sysfs the network's, mqueue the ipc's. The parent goes there and comes back.
static int new_mount_in(const struct operation *operation, struct error *error) {
  int type = (int)number_of(operation, 5);
  int home = namespace_open_own(type, error);
  if (home < 0) return -1;
  int mount = namespace_join(text_of(operation, 4), type, error) < 0 ? -1 : new_mount(operation, error);
  if (setns(home, type) < 0) {
    fail(error, errno, "come back from the namespace ", text_of(operation, 4), NULL);
    if (mount >= 0) close(mount);
    mount = -1;
  }
  close(home);
  return mount;
}

int do_prepare_mount(struct context *context, const struct operation *operation, struct error *error) {
  int mount = text_of(operation, 4)[0] == '\0' ? new_mount(operation, error) : new_mount_in(operation, error);
  if (mount < 0) return -1;
  if (map_ids(context, mount, number_of(operation, 3), text_of(operation, 1), error) == 0) return keep(context, mount, error);
  close(mount);
  return -1;
}

int do_prepare_overlay(struct context *context, const struct operation *operation, struct error *error) {
  if (operation->count == 3) return fail(error, EINVAL, "mount overlay: it has no lower layer", NULL);
  context->root_volatile = plan_find(&context->plan, OPERATION_root_volatile) != NULL;
  int mount = overlay_new(context, operation, error);
  return mount < 0 ? -1 : keep(context, mount, error);
}

// A prepared mount is attached once.
static int take(struct context *context, uint64_t index, struct error *error) {
  if (index >= context->prepared_count || context->prepared[index] < 0) return fail(error, EINVAL, "attach a mount: none has been prepared", NULL);
  int mount = context->prepared[index];
  context->prepared[index] = -1;
  return mount;
}

static int open_target(const struct context *context, int mount, const char *target, bool directory, struct error *error) {
  struct statfs status;
  if (fstatfs(mount, &status) < 0) return fail(error, errno, "stat what is mounted on ", target, NULL);
  if (directory && status.f_type == SYSFS_MAGIC) return mount_open_real_target(context->root, "sysfs", target, error);
  if (directory && status.f_type == PROC_SUPER_MAGIC) return mount_open_real_target(context->root, "proc", target, error);
  return path_make(context->root, target, directory ? MAKE_DIRECTORY : MAKE_FILE, directory ? 0755 : 0644, error);
}

static int attach_at(struct context *context, int mount, const char *target, struct error *error) {
  struct stat status;
  if (fstat(mount, &status) < 0) return fail(error, errno, "stat what is mounted on ", target, NULL);
  bool directory = S_ISDIR(status.st_mode);
  int fd = open_target(context, mount, target, directory, error);
  if (fd < 0) {
    // The image's directories belong to nobody that the user namespace knows.
    bool foreign = error->number == EACCES || error->number == EOVERFLOW;
    return foreign ? hint(error, "make it in the root before, or give the root to the user that is root in the container", NULL) : -1;
  }
  int result = mount_attach(mount, fd, target, error);
  if (result < 0 && error->number == ENOTDIR) {
    hint(error, directory ? "a directory as the target, or a file as the source" : "a file as the target, or a directory as the source", NULL);
  }
  close(fd);
  return result;
}

int do_attach(struct context *context, const struct operation *operation, struct error *error) {
  int mount = take(context, number_of(operation, 0), error);
  if (mount < 0) return -1;
  int result = attach_at(context, mount, text_of(operation, 1), error);
  close(mount);
  return result;
}

// On top of the host's root, which is there to be mounted on whatever the user namespace's root may reach; pivot takes that one off.
int do_attach_root(struct context *context, const struct operation *operation, struct error *error) {
  int mount = take(context, number_of(operation, 0), error);
  if (mount < 0) return -1;
  if (mount_attach(mount, context->root, "/", error) < 0) {
    close(mount);
    return -1;
  }
  become_root(context, mount);
  return 0;
}
