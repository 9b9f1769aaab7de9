// An archive is hostile: whatever its names and links say, they are resolved by the kernel below a root that has nothing else in it.
#include "layer-confine.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <sys/prctl.h>

#include "syscalls.h"

#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)  // Linux 5.19
#endif

// trusted.* attributes take SYS_ADMIN.
static const int KEPT[] = {CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID, CAP_MKNOD, CAP_SETFCAP, CAP_SYS_ADMIN};

static const uint64_t WRITES =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
    LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
    LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER;

static int drop_capabilities(void) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2] = {0};
  for (unsigned i = 0; i < sizeof KEPT / sizeof *KEPT; i++) {
    data[KEPT[i] / 32].effective |= 1U << (KEPT[i] % 32);
    data[KEPT[i] / 32].permitted |= 1U << (KEPT[i] % 32);
  }
  return (int)syscall(SYS_capset, &header, data);
}

// The version that first lets files be linked between directories (REFER) is 2: with 1 no image could be unpacked.
static int add_landlock(void) {
  long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 0) return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -1;
  if (version < 2) return 0;
  struct landlock_ruleset_attr attributes = {.handled_access_fs = WRITES};
  int rules = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
  if (rules < 0) return -1;
  int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  struct landlock_path_beneath_attr below = {.allowed_access = WRITES & ~(uint64_t)LANDLOCK_ACCESS_FS_EXECUTE, .parent_fd = root};
  int result = root < 0 ? -1 : (int)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &below, 0);
  if (result == 0) result = (int)syscall(SYS_landlock_restrict_self, rules, 0);
  int number = errno;
  if (root >= 0) close(root);
  close(rules);
  errno = number;
  return result;
}

int confine(const char *directory, bool landlock, struct error *error) {
  if (chdir(directory) < 0) return fail(error, errno, "change into ", directory, NULL);
  if (chroot(".") < 0) return fail(error, errno, "chroot to ", directory, NULL);
  if (kernel_close_range(3, ~0U, 0) < 0) return fail(error, errno, "close descriptors", NULL);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return fail(error, errno, "set no_new_privs", NULL);
  if (landlock && add_landlock() < 0) return fail(error, errno, "confine to ", directory, " with Landlock", NULL);
  if (drop_capabilities() < 0) return fail(error, errno, "drop capabilities", NULL);
  return 0;
}
