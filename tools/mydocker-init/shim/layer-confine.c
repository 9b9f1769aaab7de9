// An archive is hostile, and so is what a container leaves: whatever names and links say, they are resolved by the kernel below a root that
// has nothing else in it.
#include "layer-confine.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <sys/prctl.h>

#include "syscalls.h"

#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)  // Linux 5.19
#endif

#define BIT(capability) (1ULL << (capability))

// trusted.* attributes take SYS_ADMIN, to be seen as well.
static const uint64_t KEPT[] = {
    [CONFINED_TO_WRITING] = BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FOWNER) | BIT(CAP_FSETID) | BIT(CAP_MKNOD) | BIT(CAP_SETFCAP) |
                            BIT(CAP_SYS_ADMIN),
    [CONFINED_TO_READING] = BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_SYS_ADMIN),
};

static const uint64_t HANDLED =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
    LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
    LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER;

static const uint64_t READS = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;

static int drop_capabilities(uint64_t kept) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2] = {0};
  for (unsigned i = 0; i < 2; i++) data[i].effective = data[i].permitted = (uint32_t)(kept >> (32 * i));
  return (int)syscall(SYS_capset, &header, data);
}

// The version that first lets files be linked between directories (REFER) is 2: with 1 no image could be unpacked.
static int add_landlock(uint64_t allowed) {
  long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 0) return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -1;
  if (version < 2) return 0;
  struct landlock_ruleset_attr attributes = {.handled_access_fs = HANDLED};
  int rules = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
  if (rules < 0) return -1;
  int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  struct landlock_path_beneath_attr below = {.allowed_access = allowed, .parent_fd = root};
  int result = root < 0 ? -1 : (int)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &below, 0);
  if (result == 0) result = (int)syscall(SYS_landlock_restrict_self, rules, 0);
  int number = errno;
  if (root >= 0) close(root);
  close(rules);
  errno = number;
  return result;
}

int confine(enum confinement confinement, bool landlock, struct error *error) {
  uint64_t allowed = confinement == CONFINED_TO_READING ? READS : HANDLED & ~(uint64_t)LANDLOCK_ACCESS_FS_EXECUTE;
  if (chroot(".") < 0) return fail(error, errno, "change the root", NULL);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return fail(error, errno, "set no_new_privs", NULL);
  if (landlock && add_landlock(allowed) < 0) return fail(error, errno, "confine with Landlock", NULL);
  if (drop_capabilities(KEPT[confinement]) < 0) return fail(error, errno, "drop capabilities", NULL);
  return 0;
}
