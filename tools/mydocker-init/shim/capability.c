// Capabilities and the user. A capability that the shim does not have itself cannot be given: that warns (config.md#process).
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "context.h"
#include "operations.h"
#include "status.h"
#include "syscalls.h"
#include "text.h"

static const char *const NAMES[] = {
    "CHOWN",          "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER",         "FSETID",     "KILL",         "SETGID",
    "SETUID",         "SETPCAP",      "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW",
    "IPC_LOCK",       "IPC_OWNER",    "SYS_MODULE",      "SYS_RAWIO",      "SYS_CHROOT", "SYS_PTRACE",   "SYS_PACCT",
    "SYS_ADMIN",      "SYS_BOOT",     "SYS_NICE",        "SYS_RESOURCE",   "SYS_TIME",   "SYS_TTY_CONFIG", "MKNOD",
    "LEASE",          "AUDIT_WRITE",  "AUDIT_CONTROL",   "SETFCAP",        "MAC_OVERRIDE", "MAC_ADMIN",  "SYSLOG",
    "WAKE_ALARM",     "BLOCK_SUSPEND", "AUDIT_READ",     "PERFMON",        "BPF",        "CHECKPOINT_RESTORE",
};

enum { CAPABILITY_LIMIT = 64, NAME_COUNT = sizeof NAMES / sizeof NAMES[0] };

struct capability_sets {
  uint64_t effective, permitted, inheritable;
};

static uint64_t bit(unsigned int capability) { return (uint64_t)1 << capability; }

static int get_sets(struct capability_sets *sets) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2];
  if (syscall(SYS_capget, &header, data) < 0) return -1;
  sets->effective = data[0].effective | (uint64_t)data[1].effective << 32;
  sets->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
  sets->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
  return 0;
}

static int set_sets(const struct capability_sets *sets) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2];
  for (int half = 0; half < 2; half++) {
    data[half].effective = (uint32_t)(sets->effective >> (32 * half));
    data[half].permitted = (uint32_t)(sets->permitted >> (32 * half));
    data[half].inheritable = (uint32_t)(sets->inheritable >> (32 * half));
  }
  return (int)syscall(SYS_capset, &header, data);
}

static void warn_missing(const struct operation *operation, uint64_t missing) {
  char names[800];
  struct text text = TEXT(names);
  if (missing == 0) return;
  names[0] = '\0';
  for (unsigned int capability = 0; capability < CAPABILITY_LIMIT; capability++) {
    if ((missing & bit(capability)) == 0) continue;
    if (text.used > 0) text_add(&text, ", ");
    text_add(&text, "CAP_");
    if (capability < NAME_COUNT) {
      text_add(&text, NAMES[capability]);
    } else {
      text_add_number(&text, capability);
    }
  }
  warning(operation, "left out, as mydocker does not have them itself: ", names, NULL);
}

int do_bounding(struct context *context, const struct operation *operation, struct error *error) {
  (void)context;
  uint64_t wanted = number_of(operation, 0), missing = wanted;
  for (unsigned int capability = 0; capability < CAPABILITY_LIMIT; capability++) {
    int held = prctl(PR_CAPBSET_READ, capability, 0, 0, 0);
    if (held < 0) break;  // EINVAL: the kernel has no more
    if (held == 1) missing &= ~bit(capability);
    if (held != 1 || (wanted & bit(capability)) != 0) continue;
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0) return fail(error, errno, "drop a capability from the bounding set", NULL);
  }
  warn_missing(operation, missing);
  return 0;
}

static uint64_t bounding_set(void) {
  uint64_t set = 0;
  for (unsigned int capability = 0; capability < CAPABILITY_LIMIT; capability++) {
    int held = prctl(PR_CAPBSET_READ, capability, 0, 0, 0);
    if (held < 0) break;
    if (held == 1) set |= bit(capability);
  }
  return set;
}

static int set_ambient(uint64_t ambient, struct error *error) {
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0) return fail(error, errno, "clear the ambient capabilities", NULL);
  for (unsigned int capability = 0; capability < CAPABILITY_LIMIT; capability++) {
    if ((ambient & bit(capability)) == 0) continue;
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) < 0) {
      return fail(error, errno, "raise an ambient capability", NULL);
    }
  }
  return 0;
}

int do_capabilities(struct context *context, const struct operation *operation, struct error *error) {
  struct capability_sets held;
  (void)context;
  if (get_sets(&held) < 0) return fail(error, errno, "read the capabilities", NULL);
  uint64_t wanted[4];
  for (uint32_t i = 0; i < 4; i++) wanted[i] = number_of(operation, i);
  struct capability_sets sets = {.permitted = wanted[1] & held.permitted};
  sets.effective = wanted[0] & sets.permitted;
  // capset(2): what becomes inheritable has to be in the bounding set.
  sets.inheritable = wanted[2] & held.permitted & bounding_set();
  uint64_t ambient = wanted[3] & sets.permitted & sets.inheritable;
  warn_missing(operation, (wanted[0] & ~sets.effective) | (wanted[1] & ~sets.permitted) | (wanted[2] & ~sets.inheritable) |
                              (wanted[3] & ~ambient));
  if (set_sets(&sets) < 0) return fail(error, errno, "set the capabilities", NULL);
  return set_ambient(ambient, error);
}

// The standard streams that were made for this container become its user's, so that it can open /dev/stdout again. Nothing
// else does: not the caller's files, nor its terminal, nor a device (2026-88265).
static int own_streams(const struct context *context, uid_t uid, struct error *error) {
  for (int fd = 0; fd < 3; fd++) {
    struct stat status;
    if (fstat(fd, &status) < 0) return fail(error, errno, "stat a standard stream", NULL);
    bool ours = S_ISFIFO(status.st_mode) || (context->own_terminal && S_ISCHR(status.st_mode));
    if (!ours || status.st_uid == uid) continue;
    // A pipe that another user made stays as it is: only reopening it fails.
    if (fchown(fd, uid, (gid_t)-1) < 0 && errno != EPERM && errno != EINVAL && errno != EROFS) {
      return fail(error, errno, "give a standard stream to the user", NULL);
    }
  }
  return 0;
}

static int set_groups(const struct operation *operation, struct error *error) {
  size_t count = operation->count - 2;
  gid_t *groups = calloc(count + 1, sizeof *groups);
  if (groups == NULL) return fail(error, ENOMEM, "set the groups", NULL);
  for (uint32_t i = 0; i < count; i++) groups[i] = (gid_t)number_of(operation, i + 2);
  int result = setgroups(count, groups) < 0 ? fail(error, errno, "set the groups", NULL) : 0;
  free(groups);
  return result;
}

int do_user(struct context *context, const struct operation *operation, struct error *error) {
  for (uint32_t i = 0; i < operation->count; i++) {
    // The last number means "leave it as it is" to setresuid.
    if (number_of(operation, i) >= UINT32_MAX) return fail(error, EINVAL, "change the user: an id is out of range", NULL);
  }
  uid_t uid = (uid_t)number_of(operation, 0);
  gid_t gid = (gid_t)number_of(operation, 1);
  struct capability_sets sets;
  if (own_streams(context, uid, error) < 0 || set_groups(operation, error) < 0) return -1;
  if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0) return fail(error, errno, "keep the capabilities", NULL);
  if (setresgid(gid, gid, gid) < 0) return fail(error, errno, "change the group", NULL);
  if (setresuid(uid, uid, uid) < 0) return fail(error, errno, "change the user", NULL);
  // KEEPCAPS keeps the permitted ones only; execve clears the flag.
  if (get_sets(&sets) < 0) return fail(error, errno, "read the capabilities", NULL);
  sets.effective = sets.permitted;
  if (set_sets(&sets) < 0) return fail(error, errno, "take the capabilities back", NULL);
  return 0;
}
