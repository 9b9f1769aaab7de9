// Settings that go through procfs, and limits.
#include <errno.h>
#include <linux/magic.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/vfs.h>

#include "child.h"
#include "context.h"
#include "mount.h"
#include "namespace.h"
#include "operations.h"
#include "status.h"
#include "syscalls.h"
#include "text.h"

// What stands at /proc before the container has its own root is the host's: nobody in the container can mount over that.
static int open_host_proc(struct error *error) {
  struct statfs status;
  int fd = open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd >= 0 && fstatfs(fd, &status) == 0 && status.f_type == PROC_SUPER_MAGIC) return fd;
  if (fd >= 0) close(fd);
  return fail(error, ENODEV, "open /proc: it is not a procfs", NULL);
}

int open_private_proc(struct context *context, struct error *error) {
  if (context->private_proc < 0) context->private_proc = mount_new("proc", "proc", 0, NULL, 0, error);
  // A user namespace mounts the procfs of a pid namespace of its own, and of no other.
  if (context->private_proc < 0 && error->number == EPERM && context->role != ROLE_ENTER) context->private_proc = open_host_proc(error);
  return context->private_proc;
}

static int write_whole(int fd, const char *value, const char *what, struct error *error) {
  size_t length = strlen(value);
  ssize_t written = write(fd, value, length);
  if (written == (ssize_t)length) return 0;
  return fail(error, written < 0 ? errno : EIO, "write ", value, " to ", what, NULL);
}

// CVE-2025-52881: below a procfs of our own, without links and without anything mounted in between.
static int write_proc(int proc, const char *path, const char *value, struct error *error) {
  uint64_t resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS;
  int fd = kernel_openat2(proc, path, O_WRONLY | O_CLOEXEC, resolve);
  if (fd < 0) return fail(error, errno, "open /proc/", path, NULL);
  int result = write_whole(fd, value, path, error);
  close(fd);
  return result;
}

int write_private_proc(struct context *context, const char *path, const char *value, struct error *error) {
  int proc = open_private_proc(context, error);
  return proc < 0 ? -1 : write_proc(proc, path, value, error);
}

static int set_sysctl(int proc, const char *key, const char *value, struct error *error) {
  char path[512];
  struct text text = TEXT(path);
  text_add(&text, "sys/");
  text_add(&text, key);
  if (text.used + 1 >= sizeof path) return fail(error, ENAMETOOLONG, "set the sysctl ", key, NULL);
  if (write_proc(proc, path, value, error) == 0) return 0;
  return error->number == ENOENT ? hint(error, "a sysctl that the kernel has", NULL) : -1;
}

int do_sysctl(struct context *context, const struct operation *operation, struct error *error) {
  int proc = open_private_proc(context, error);
  return proc < 0 ? -1 : set_sysctl(proc, text_of(operation, 0), text_of(operation, 1), error);
}

// procfs shows the settings of the namespaces of who looks. The parent goes there and comes back: root of a new user namespace
// has no right to those of a namespace that was there before.
int do_namespace_sysctl(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  int type = (int)number_of(operation, 1);
  int home = namespace_open_own(type, error);
  int proc = home < 0 ? -1 : mount_new("proc", "proc", 0, NULL, 0, error);
  int result = proc < 0 || namespace_join(text_of(operation, 0), type, error) < 0
                   ? -1
                   : set_sysctl(proc, text_of(operation, 2), text_of(operation, 3), error);
  if (home >= 0 && setns(home, type) < 0) result = fail(error, errno, "come back from the namespace ", text_of(operation, 0), NULL);
  if (proc >= 0) close(proc);
  if (home >= 0) close(home);
  return result;
}

int do_oom_score(struct context *context, const struct operation *operation, struct error *error) {
  // /proc is the host's here, except for a process that enters a container: there it is whatever the container made of it.
  int result;
  if (context->role == ROLE_ENTER) {
    result = write_private_proc(context, "self/oom_score_adj", text_of(operation, 0), error);
  } else {
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0) return fail(error, errno, "open /proc/self/oom_score_adj", NULL);
    result = write_whole(fd, text_of(operation, 0), "/proc/self/oom_score_adj", error);
    close(fd);
  }
  if (result < 0 && error->number == EACCES) hint(error, "a value that is not below the current one: lowering it takes CAP_SYS_RESOURCE", NULL);
  return result;
}

// config.md#posix-process: getrlimit has to say what the config says, so there is no "almost".
static int limit_fail(const struct operation *operation, struct error *error) {
  static const char *const names[] = {"CPU",   "FSIZE",   "DATA", "STACK", "CORE",       "RSS",      "NPROC", "NOFILE",
                                      "MEMLOCK", "AS", "LOCKS", "SIGPENDING", "MSGQUEUE", "NICE", "RTPRIO", "RTTIME"};
  struct rlimit now = {0};
  char digits[24] = "?";
  struct text hard = TEXT(digits);
  int number = errno;
  uint64_t resource = number_of(operation, 0);
  const char *name = resource < sizeof names / sizeof *names ? names[resource] : "?";
  if (getrlimit((int)resource, &now) == 0 && now.rlim_max != RLIM_INFINITY) text_add_number(&hard, now.rlim_max);
  fail(error, number, "set the resource limit RLIMIT_", name, NULL);
  if (number == EPERM && resource == RLIMIT_NOFILE && number_of(operation, 2) > now.rlim_max) {
    return hint(error, "a hard limit that is not above ", digits, ": raising it takes CAP_SYS_RESOURCE, and nothing raises it above fs.nr_open", NULL);
  }
  return number == EPERM ? hint(error, "a hard limit that is not above ", digits, ": raising it takes CAP_SYS_RESOURCE", NULL) : -1;
}

int do_limit(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  struct rlimit limit = {.rlim_cur = number_of(operation, 1), .rlim_max = number_of(operation, 2)};
  if (setrlimit((int)number_of(operation, 0), &limit) == 0) return 0;
  return limit_fail(operation, error);
}

// What the config asks for and does not get, but may do without (config.md#linux-process, capabilities).
int do_warn(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  (void)error;
  warning(NULL, text_of(operation, 0), NULL);
  return 0;
}
