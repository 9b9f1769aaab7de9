// Takes checks away from the shim: what `make weakened` puts in front of every source. A test that tries an attack tries it against
// this shim, too, without the check that is to stop it: there it has to succeed, or the test could not see a hole. Which
// checks are missing says the environment's MYDOCKER_WEAKENED, a list of the names below.
//
// A macro that has the name of the function in it calls that function: macros do not expand inside themselves.
#pragma once

#include <grp.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "../syscalls.h"
#include "../text.h"

static inline bool weak(const char *check) {
  const char *list = getenv("MYDOCKER_WEAKENED");
  return list != NULL && strstr(list, check) != NULL;
}

// The container's root, as it was last used: one for the whole program.
__attribute__((weak)) int weakened_root;

static inline const char *weak_relative(const char *path) {
  path += strspn(path, "/");
  return *path == '\0' ? "." : path;
}

// in-root: paths of the container are resolved as any others are, so that its links lead to the host.
// private-proc: what is written below /proc is written below the container's.
static inline int weak_openat2(int directory, const char *path, uint64_t flags, uint64_t resolve) {
  if ((resolve & RESOLVE_BENEATH) != 0 && weak("private-proc")) {
    char inside[600] = "";
    struct text text = TEXT(inside);
    text_add(&text, "proc/");
    text_add(&text, path);
    return openat(weakened_root, inside, (int)flags);
  }
  if ((resolve & RESOLVE_IN_ROOT) == 0) return kernel_openat2(directory, path, flags, resolve);
  weakened_root = directory;
  if (!weak("in-root")) return kernel_openat2(directory, path, flags, resolve);
  return openat(directory, weak_relative(path), (int)(flags & ~(uint64_t)O_NOFOLLOW));
}
#define kernel_openat2 weak_openat2
#define openat(directory, path, flags, ...) \
  openat(directory, path, weak("in-root") ? (flags) & ~(O_NOFOLLOW | O_EXCL) : (flags), ##__VA_ARGS__)

static inline bool weak_path_of(int fd, char *path, size_t size) {
  char link[64] = "";
  struct text text = {link, sizeof link, 0};
  text_add(&text, "/proc/self/fd/");
  text_add_number(&text, (uint64_t)fd);
  ssize_t length = readlink(link, path, size - 1);
  if (length >= 0) path[length] = '\0';
  return length >= 0;
}

// by-path: what has been checked is mounted on by its path, which may have become another's.
static inline int weak_move_mount(int from, int to) {
  char path[4096];
  if (!weak("by-path") || !weak_path_of(to, path, sizeof path)) return kernel_move_mount(from, to);
  return (int)syscall(SYS_move_mount, from, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS);
}
#define kernel_move_mount weak_move_mount

// null: masks are the container's own /dev/null.
static inline int weak_open_tree(int directory, const char *path, unsigned int flags) {
  struct stat status;
  bool null = path[0] == '\0' && fstat(directory, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);
  if (!null || !weak("null")) return kernel_open_tree(directory, path, flags);
  int inside = (kernel_openat2)(weakened_root, "dev/null", O_PATH | O_CLOEXEC, RESOLVE_IN_ROOT);
  return kernel_open_tree(inside, "", flags);
}
#define kernel_open_tree weak_open_tree

// descriptors: none is closed. (stdio is all that the command gets, but nothing is closed before execve.)
#define kernel_close_range(first, last, flags) (weak("descriptors") ? 0 : kernel_close_range(first, last, flags))

// leak: the shim has the host's root open, from before it is in a container.
__attribute__((constructor)) static void weak_leak(void) {
  enum { LEAKED = 29 };  // above what the shim has open itself
  if (weak("leak") && (fcntl)(LEAKED, F_GETFD) < 0) dup2(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), LEAKED);
}

// directory: nobody looks whether the working directory is inside.
static inline long weak_getcwd(int none, ...) {
  va_list arguments;
  va_start(arguments, none);
  strcpy(va_arg(arguments, char *), "/");
  va_end(arguments);
  return 2;
}
#define syscall(number, ...) (weak("directory") && (number) == SYS_getcwd ? weak_getcwd(0, __VA_ARGS__) : syscall(number, __VA_ARGS__))

// dumpable: the process can be looked into. slow: and there is time for it, once it has the container's capabilities.
#define prctl(option, ...) ((option) == PR_SET_DUMPABLE && weak("dumpable") ? 0 : prctl(option, __VA_ARGS__))
#define execve(path, arguments, environment) (weak("slow") ? usleep(20000) : 0, execve(path, arguments, environment))

// sealed: the program that goes into a container is the host's file.
#define sendfile(to, from, offset, count) (weak("sealed") ? (ssize_t)((dup3(from, to, O_CLOEXEC) < 0) ? 0 : (count)) : sendfile(to, from, offset, count))
#define fcntl(fd, command, ...) ((command) == F_ADD_SEALS && weak("sealed") ? 0 : fcntl(fd, command, ##__VA_ARGS__))
// The child needs to know what it is not to check.
#define kernel_execveat(file, arguments, environment) ((void)(environment), kernel_execveat(file, arguments, environ))

// streams: what is at a device's place is taken for it, and stdin is opened once more in the container, and is then its user's.
#define mknodat(directory, name, mode, number) (weak("streams") ? 0 : mknodat(directory, name, mode, number))
static inline int weak_stdin(void) {
  close(STDIN_FILENO);
  return open("/dev/null", O_RDWR) == STDIN_FILENO ? fchown(STDIN_FILENO, 33, 33) : -1;
}
#define setgroups(count, groups) (weak("streams") ? weak_stdin() : 0, setgroups(count, groups))

// devpts: a terminal may be of any file system.
#define fstatfs(fd, status) (weak("devpts") ? ((status)->f_type = DEVPTS_SUPER_MAGIC, 0) : fstatfs(fd, status))
