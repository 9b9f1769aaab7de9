// System calls as the kernel has them. Not through <sys/mount.h>: glibc knows the new mount calls from 2.36 on (Ubuntu 22.04
// has 2.35), and its header cannot be included beside <linux/mount.h>.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#ifndef MNT_DETACH
#define MNT_DETACH 2
#endif
#ifndef MFD_EXEC
#define MFD_EXEC 0x10U  // Linux 6.3
#endif

// openat2(2), EAGAIN: something was renamed or mounted, anywhere, while a ".." below RESOLVE_IN_ROOT or RESOLVE_BENEATH was walked.
static inline int kernel_openat2(int directory, const char *path, uint64_t flags, uint64_t resolve) {
  struct open_how how = {.flags = flags, .resolve = resolve};
  int fd = -1;
  for (int tries = 0; tries < 1000; tries++) {
    fd = (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
    if (fd >= 0 || errno != EAGAIN) break;
  }
  return fd;
}

static inline int kernel_open_tree(int directory, const char *path, unsigned int flags) {
  return (int)syscall(SYS_open_tree, directory, path, flags);
}

static inline int kernel_move_mount(int from, int to) {
  return (int)syscall(SYS_move_mount, from, "", to, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

static inline int kernel_fsopen(const char *type) { return (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC); }

static inline int kernel_fspick(int mount) {
  return (int)syscall(SYS_fspick, mount, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
}

static inline int kernel_fsconfig(int fs, unsigned int command, const char *key, const char *value) {
  return (int)syscall(SYS_fsconfig, fs, command, key, value, 0);
}

static inline int kernel_fsmount(int fs, unsigned int attributes) {
  return (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attributes);
}

static inline int kernel_mount_setattr(int mount, unsigned int flags, struct mount_attr *attributes) {
  return (int)syscall(SYS_mount_setattr, mount, "", AT_EMPTY_PATH | flags, attributes, sizeof *attributes);
}

static inline int kernel_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data) {
  return (int)syscall(SYS_mount, source, target, type, flags, data);
}

static inline int kernel_umount2(const char *target, int flags) { return (int)syscall(SYS_umount2, target, flags); }

static inline int kernel_pivot_root(const char *new_root, const char *put_old) {
  return (int)syscall(SYS_pivot_root, new_root, put_old);
}

static inline pid_t kernel_clone3(struct clone_args *arguments) {
  return (pid_t)syscall(SYS_clone3, arguments, sizeof *arguments);
}

static inline int kernel_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

static inline int kernel_close_range(unsigned int first, unsigned int last, unsigned int flags) {
  return (int)syscall(SYS_close_range, first, last, flags);
}

static inline int kernel_execveat(int file, char *const arguments[], char *const environment[]) {
  return (int)syscall(SYS_execveat, file, "", arguments, environment, AT_EMPTY_PATH);
}
