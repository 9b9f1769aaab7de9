// The operation `terminal`: a pseudo-terminal of the container's own devpts.
#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "context.h"
#include "mount.h"
#include "operations.h"
#include "path.h"
#include "sync.h"
#include "syscalls.h"

// The directory must be devpts itself: a master of anything else would be whatever an image puts there (CVE-2025-52565).
static int open_master(int root, struct error *error) {
  struct statfs status;
  int directory = path_open_real(root, "dev/pts");
  if (directory < 0) return fail(error, errno, "open /dev/pts in the container", NULL);
  int master = -1;
  if (fstatfs(directory, &status) < 0) {
    fail(error, errno, "open /dev/pts in the container", NULL);
  } else if (status.f_type != DEVPTS_SUPER_MAGIC) {
    fail(error, ENODEV, "open a terminal: the container's /dev/pts is not a devpts", NULL);
    hint(error, "mount devpts on /dev/pts", NULL);
  } else {
    master = openat(directory, "ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
    if (master < 0) fail(error, errno, "open /dev/pts/ptmx in the container", NULL);
  }
  close(directory);
  return master;
}

static int open_slave(int master, const struct operation *operation, struct error *error) {
  int unlocked = 0;
  if (ioctl(master, TIOCSPTLCK, &unlocked) < 0) return fail(error, errno, "unlock the terminal", NULL);
  struct winsize size = {.ws_row = (unsigned short)number_of(operation, 1), .ws_col = (unsigned short)number_of(operation, 2)};
  if (size.ws_row != 0 && size.ws_col != 0 && ioctl(master, TIOCSWINSZ, &size) < 0) {
    return fail(error, errno, "set the terminal's size", NULL);
  }
  int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  return slave >= 0 ? slave : fail(error, errno, "open the terminal's other end", NULL);
}

// /dev/console, made where it is missing without following anything (2026-88264); only a file or a device is bound over.
static int open_console(int root, struct error *error) {
  int directory = path_open_real(root, "dev");
  if (directory < 0) return fail(error, errno, "open /dev in the container", NULL);
  int made = openat(directory, "console", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  int result = made < 0 && errno != EEXIST ? fail(error, errno, "make /dev/console in the container", NULL) : 0;
  if (made >= 0) close(made);
  int console = result < 0 ? -1 : openat(directory, "console", O_PATH | O_NOFOLLOW | O_CLOEXEC);
  close(directory);
  struct stat status;
  if (result < 0) return -1;
  if (console < 0 || fstat(console, &status) < 0) {
    fail(error, errno, "open /dev/console in the container", NULL);
  } else if (S_ISREG(status.st_mode) || S_ISCHR(status.st_mode)) {
    return console;
  } else {
    fail(error, ELOOP, "open /dev/console in the container: it is neither a file nor a device", NULL);
  }
  if (console >= 0) close(console);
  return -1;
}

static int bind_console(int root, int slave, struct error *error) {
  int console = open_console(root, error);
  if (console < 0) return -1;
  int mount = mount_copy(slave, false, "the terminal", error);
  int result = mount < 0 ? -1 : mount_attach(mount, console, "/dev/console", error);
  if (mount >= 0) close(mount);
  close(console);
  return result;
}

static int become_controlling(int slave, struct error *error) {
  if (setsid() < 0 && getsid(0) != getpid()) return fail(error, errno, "begin a session", NULL);
  if (ioctl(slave, TIOCSCTTY, 0) < 0) return fail(error, errno, "take the terminal as controlling terminal", NULL);
  for (int fd = 0; fd < 3; fd++) {
    if (dup2(slave, fd) < 0) return fail(error, errno, "make the terminal the standard streams", NULL);
  }
  return 0;
}

static int hand_over(struct context *context, int master, struct error *error) {
  struct sync_message message = {.kind = SYNC_TERMINAL, .fd = master};
  if (sync_send(context->sync, &message) == 0) return 0;
  return fail(error, errno, "hand the terminal's master over", NULL);
}

int do_terminal(struct context *context, const struct operation *operation, struct error *error) {
  int master = open_master(context->root, error);
  if (master < 0) return -1;
  int slave = open_slave(master, operation, error);
  int result = slave < 0 ? -1 : 0;
  if (result == 0 && number_of(operation, 0) != 0) result = bind_console(context->root, slave, error);
  if (result == 0) result = hand_over(context, master, error);
  if (result == 0) result = become_controlling(slave, error);
  if (slave >= 0) close(slave);
  close(master);
  context->own_terminal = result == 0;
  return result;
}
