// The operation `copy-up`: a tmpfs that begins with a copy of what the image has there (the mount option `tmpcopyup`). Everything
// goes by descriptors, and no link is followed.
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "context.h"
#include "mount.h"
#include "operations.h"
#include "path.h"
#include "syscalls.h"

// Each level holds two descriptors: an image cannot make them run out for others, and deeper trees than this are none of an image's.
enum { DEPTH_LIMIT = 100, LINK_SIZE = 4096, NAMES_SIZE = 65536 };

static int copy_directory(int from, int to, unsigned int depth, struct error *error);

static int copy_failed(const char *name, struct error *error) { return fail(error, errno, "copy ", name, " into the tmpfs", NULL); }

// File capabilities, ACLs. What the tmpfs has no room for (user.* before Linux 6.6) stays behind.
static int copy_attributes(int from, int to) {
  char *names = malloc(NAMES_SIZE), *value = malloc(NAMES_SIZE);
  int result = names == NULL || value == NULL ? -1 : 0;
  ssize_t size = result < 0 ? 0 : flistxattr(from, names, NAMES_SIZE);
  for (const char *name = names; size > 0 && name < names + size; name += strlen(name) + 1) {
    ssize_t length = fgetxattr(from, name, value, NAMES_SIZE);
    if (length >= 0 && fsetxattr(to, name, value, (size_t)length, 0) < 0 && errno != ENOTSUP && errno != EPERM) result = -1;
  }
  free(names);
  free(value);
  return result;
}

static int copy_bytes(int from, int to, off_t size) {
  while (size > 0) {
    ssize_t sent = sendfile(to, from, NULL, (size_t)size);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return -1;
    if (sent == 0) break;  // it has become shorter
    size -= sent;
  }
  return 0;
}

// Owner before mode: chown(2) takes the set-user-ID bit away.
static int copy_status(int to, const struct stat *status) {
  const struct timespec times[] = {status->st_atim, status->st_mtim};
  if (fchown(to, status->st_uid, status->st_gid) < 0 || fchmod(to, status->st_mode & 07777) < 0) return -1;
  return futimens(to, times);
}

static int copy_file(int from_parent, int to_parent, const char *name, const struct stat *status) {
  int from = openat(from_parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  int to = from < 0 ? -1 : openat(to_parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  int result = to < 0 || copy_bytes(from, to, status->st_size) < 0 ? -1 : 0;
  if (result == 0 && (fchown(to, status->st_uid, status->st_gid) < 0 || copy_attributes(from, to) < 0)) result = -1;
  if (result == 0) result = copy_status(to, status);
  int number = errno;
  if (from >= 0) close(from);
  if (to >= 0) close(to);
  errno = number;
  return result;
}

static int copy_link(int from_parent, int to_parent, const char *name, const struct stat *status) {
  char target[LINK_SIZE];
  ssize_t length = readlinkat(from_parent, name, target, sizeof target - 1);
  if (length < 0) return -1;
  target[length] = '\0';
  if (symlinkat(target, to_parent, name) < 0) return -1;
  return fchownat(to_parent, name, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW);
}

static int copy_node(int to_parent, const char *name, const struct stat *status) {
  if (mknodat(to_parent, name, status->st_mode, status->st_rdev) < 0) return -1;
  return fchownat(to_parent, name, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW);
}

static int copy_below(int from_parent, int to_parent, const char *name, const struct stat *status, unsigned int depth, struct error *error) {
  // What is mounted there is not the image's.
  int from = kernel_openat2(from_parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, RESOLVE_BENEATH | RESOLVE_NO_XDEV);
  if (from < 0 && errno == EXDEV) return mkdirat(to_parent, name, 0755) < 0 ? copy_failed(name, error) : 0;
  int to = from < 0 || mkdirat(to_parent, name, 0700) < 0 ? -1 : openat(to_parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  int result = to < 0 ? copy_failed(name, error) : copy_directory(from, to, depth, error);
  if (result == 0 && (copy_attributes(from, to) < 0 || copy_status(to, status) < 0)) result = copy_failed(name, error);
  if (from >= 0) close(from);
  if (to >= 0) close(to);
  return result;
}

static int copy_entry(int from, int to, const char *name, unsigned int depth, struct error *error) {
  struct stat status;
  if (fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW) < 0) return copy_failed(name, error);
  if (S_ISDIR(status.st_mode)) return copy_below(from, to, name, &status, depth, error);
  int result = S_ISREG(status.st_mode)   ? copy_file(from, to, name, &status)
               : S_ISLNK(status.st_mode) ? copy_link(from, to, name, &status)
                                         : copy_node(to, name, &status);
  return result < 0 ? copy_failed(name, error) : 0;
}

static int copy_directory(int from, int to, unsigned int depth, struct error *error) {
  if (depth == DEPTH_LIMIT) return fail(error, ELOOP, "copy into the tmpfs: the directories are nested too deeply", NULL);
  // The stream takes its descriptor with it.
  int duplicate = fcntl(from, F_DUPFD_CLOEXEC, 3);
  DIR *stream = duplicate < 0 ? NULL : fdopendir(duplicate);
  if (stream == NULL) {
    fail(error, errno, "read a directory of the image", NULL);
    if (duplicate >= 0) close(duplicate);
    return -1;
  }
  int result = 0;
  for (;;) {
    errno = 0;
    const struct dirent *entry = readdir(stream);
    if (entry == NULL) break;
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    result = copy_entry(from, to, entry->d_name, depth + 1, error);
    if (result < 0) break;
  }
  if (result == 0 && errno != 0) result = fail(error, errno, "read a directory of the image", NULL);
  closedir(stream);
  return result;
}

static bool has_option(const struct operation *operation, const char *begin) {
  for (uint32_t i = 3; i < operation->count; i++) {
    if (strncmp(text_of(operation, i), begin, strlen(begin)) == 0) return true;
  }
  return false;
}

// What the image has at a target becomes the tmpfs's content, and its owner and mode the tmpfs's own, unless options say otherwise.
static int fill(int target, int mount, const struct operation *operation, struct error *error) {
  struct stat status;
  int from = openat(target, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), to = from < 0 ? -1 : openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int result = to < 0 || fstat(from, &status) < 0 ? copy_failed(text_of(operation, 1), error) : copy_directory(from, to, 0, error);
  if (result == 0 && !has_option(operation, "uid=") && !has_option(operation, "gid=") && fchown(to, status.st_uid, status.st_gid) < 0) {
    result = copy_failed(text_of(operation, 1), error);
  }
  if (result == 0 && !has_option(operation, "mode=") && fchmod(to, status.st_mode & 07777) < 0) result = copy_failed(text_of(operation, 1), error);
  if (from >= 0) close(from);
  if (to >= 0) close(to);
  return result;
}

int do_copy_up(struct context *context, const struct operation *operation, struct error *error) {
  const char *target = text_of(operation, 1);
  uint64_t attributes = number_of(operation, 2);
  int fd = mount_open_target(context->root, "tmpfs", target, error);
  if (fd < 0) return -1;
  int mount = mount_new("tmpfs", text_of(operation, 0), attributes & ~(uint64_t)MOUNT_ATTR_RDONLY, operation->arguments + 3, operation->count - 3, error);
  int result = mount < 0 || fill(fd, mount, operation, error) < 0 ||
                       mount_attributes(mount, false, attributes & MOUNT_ATTR_RDONLY, 0, target, error) < 0
                   ? -1
                   : mount_attach(mount, fd, target, error);
  if (mount >= 0) close(mount);
  close(fd);
  return result;
}
