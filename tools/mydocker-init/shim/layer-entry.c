#include "layer-entry.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "layer-place.h"

enum { ATTEMPTS = 3 };

static void entry_close(struct entry *entry) {
  if (entry->file >= 0) close(entry->file);
  entry->file = -1;
  entry->type = 0;
}

static int made(struct entry *entry, const char *path, mode_t type, int file, struct error *error) {
  if (strlen(path) >= sizeof entry->name) {
    if (file >= 0) close(file);
    return fail(error, ENAMETOOLONG, "make ", path, NULL);
  }
  strcpy(entry->name, path);
  entry->path = entry->name;
  entry->type = type;
  entry->file = file;
  return 0;
}

// After a failure: makes room, or parents. 0: try again.
static int prepare(const char *path, int attempt, struct error *error) {
  if (attempt == ATTEMPTS) return fail(error, errno, "make ", path, NULL);
  if (errno == EEXIST) return displace(path, error);
  if (errno == ENOENT || errno == ENOTDIR) return make_parents(path, error);
  return fail(error, errno, "make ", path, NULL);
}

int make_directory(struct entry *entry, const char *path, struct error *error) {
  entry_close(entry);
  for (int attempt = 0; mkdir(path, 0700) < 0; attempt++) {
    struct stat status;
    if (errno == EEXIST && lstat(path, &status) == 0) {
      if (S_ISDIR(status.st_mode)) break;
      // The root can be a directory alone (CVE-2021-29136), and is one.
      bool hides = is_whiteout(&status);
      if (unlink(path) < 0) return fail(error, errno, "replace ", path, NULL);
      if (mkdir(path, 0700) < 0) return fail(error, errno, "make ", path, NULL);
      if (hides && make_opaque(path, error) < 0) return -1;
      break;
    }
    if (prepare(path, attempt, error) < 0) return -1;
  }
  return made(entry, path, S_IFDIR, -1, error);
}

int make_file(struct entry *entry, const char *path, struct error *error) {
  int file;
  entry_close(entry);
  for (int attempt = 0; (file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)) < 0; attempt++) {
    if (prepare(path, attempt, error) < 0) return -1;
  }
  return made(entry, path, S_IFREG, file, error);
}

int make_link(struct entry *entry, const char *path, const char *target, struct error *error) {
  entry_close(entry);
  for (int attempt = 0; symlink(target, path) < 0; attempt++) {
    // Of the link's target nothing is looked at: only its own parents can be missing.
    if (prepare(path, attempt, error) < 0) return -1;
  }
  return made(entry, path, S_IFLNK, -1, error);
}

int make_node(struct entry *entry, const char *path, mode_t type, dev_t device, struct error *error) {
  entry_close(entry);
  for (int attempt = 0; mknod(path, type | 0600, device) < 0; attempt++) {
    if (prepare(path, attempt, error) < 0) return -1;
  }
  return made(entry, path, type, -1, error);
}

int make_hard_link(struct entry *entry, const char *path, const char *target, struct error *error) {
  struct stat status;
  entry_close(entry);
  if (lstat(target, &status) < 0) {
    if (errno != ENOENT && errno != ENOTDIR) return fail(error, errno, "link ", path, " to ", target, NULL);
    return fail(error, errno, "link ", path, " to ", target, ", which is not in the same layer", NULL);
  }
  if (strcmp(path, target) == 0) return 0;
  for (int attempt = 0; linkat(AT_FDCWD, target, AT_FDCWD, path, 0) < 0; attempt++) {
    if (prepare(path, attempt, error) < 0) return -1;
  }
  return 0;
}

int make_whiteout(const char *path, struct error *error) {
  for (int attempt = 0; mknod(path, S_IFCHR, makedev(0, 0)) < 0; attempt++) {
    struct stat status;
    // The order in a layer means nothing: what is in it itself stays, and only what is below is hidden.
    if (errno == EEXIST && lstat(path, &status) == 0) return S_ISDIR(status.st_mode) ? make_opaque(path, error) : 0;
    if (prepare(path, attempt, error) < 0) return -1;
  }
  return mark_whiteouts(path, error);
}

int make_opaque(const char *path, struct error *error) {
  for (int attempt = 0; lsetxattr(path, "trusted.overlay.opaque", "y", 1, 0) < 0; attempt++) {
    if (attempt > 0 || (errno != ENOENT && errno != ENOTDIR)) return fail(error, errno, "make ", path, " opaque", NULL);
    if (make_parents(path, error) < 0 || make_implicit(path, error) < 0) return -1;
  }
  return tell(TOLD_OPAQUE, path, error);
}

int set_owner(const struct entry *entry, mode_t mode, uid_t user, gid_t group, struct error *error) {
  if (entry->type == 0) return 0;
  int result = entry->file >= 0 ? fchown(entry->file, user, group) : lchown(entry->path, user, group);
  // chown takes the set-id bits away, so the mode comes second.
  if (result == 0 && entry->file >= 0) result = fchmod(entry->file, mode);
  if (result == 0 && entry->file < 0 && entry->type != S_IFLNK) result = chmod(entry->path, mode);
  return result == 0 ? 0 : fail(error, errno, "set owner and mode of ", entry->path, NULL);
}

int set_attribute(const struct entry *entry, const char *name, const void *value, size_t size, struct error *error) {
  if (entry->type == 0) return 0;
  int result = entry->file >= 0 ? fsetxattr(entry->file, name, value, size, 0) : lsetxattr(entry->path, name, value, size, 0);
  // As docker: a file system that has no such attributes is no reason not to have the image.
  if (result == 0 || errno == EOPNOTSUPP || errno == EPERM) return 0;
  return fail(error, errno, "set attribute ", name, " of ", entry->path, NULL);
}

int set_time(const struct entry *entry, const struct timespec *time, struct error *error) {
  if (entry->type == 0) return 0;
  const struct timespec times[] = {*time, *time};
  int result = entry->file >= 0 ? futimens(entry->file, times) : utimensat(AT_FDCWD, entry->path, times, AT_SYMLINK_NOFOLLOW);
  return result == 0 ? 0 : fail(error, errno, "set time of ", entry->path, NULL);
}

int set_directory_time(const char *path, const struct timespec *time, struct error *error) {
  struct stat status;
  const struct timespec times[] = {*time, *time};
  if (lstat(path, &status) < 0 || !S_ISDIR(status.st_mode)) return 0;
  if (utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) == 0) return 0;
  return fail(error, errno, "set time of ", path, NULL);
}
