// Names in directories.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "functions.h"
#include "status.h"

struct value *status_value(const struct call *call, const struct stat *status) {
  const double numbers[] = {
      (double)status->st_dev, (double)status->st_mode, (double)status->st_nlink, (double)status->st_uid,
      (double)status->st_gid, (double)status->st_rdev, (double)status->st_ino,   (double)status->st_size,
      (double)status->st_mtim.tv_sec * 1000 + (double)status->st_mtim.tv_nsec / 1e6,
  };
  return numbers_value(call, numbers, sizeof numbers / sizeof numbers[0]);
}

// (path, follow)
struct value *path_status(const struct call *call) {
  struct stat status;
  int64_t follow;
  if (!number_argument(call, 1, &follow)) return NULL;
  char *path = text_argument(call, 0);
  if (path == NULL) return NULL;
  int found = fstatat(AT_FDCWD, path, &status, follow != 0 ? 0 : AT_SYMLINK_NOFOLLOW);
  struct value *result = found < 0 ? throw_errno(call, errno, follow != 0 ? "stat" : "lstat", path, NULL) : status_value(call, &status);
  free(path);
  return result;
}

struct value *path_exists(const struct call *call) {
  char *path = text_argument(call, 0);
  if (path == NULL) return NULL;
  bool exists = access(path, F_OK) == 0;
  free(path);
  return boolean_value(call, exists);
}

// A call with one path that returns nothing.
static struct value *with_path(const struct call *call, const char *syscall, int (*work)(const char *path, mode_t mode)) {
  int64_t mode = 0;
  if ((call->count > 1 && !number_argument(call, 1, &mode))) return NULL;
  char *path = text_argument(call, 0);
  if (path == NULL) return NULL;
  struct value *result = work(path, (mode_t)mode) < 0 ? throw_errno(call, errno, syscall, path, NULL) : undefined_value(call);
  free(path);
  return result;
}

static int remove_directory(const char *path, mode_t mode) {
  (void)mode;
  return rmdir(path);
}

static int remove_name(const char *path, mode_t mode) {
  (void)mode;
  return unlink(path);
}

struct value *path_mkdir(const struct call *call) { return with_path(call, "mkdir", mkdir); }
struct value *path_rmdir(const struct call *call) { return with_path(call, "rmdir", remove_directory); }
struct value *path_unlink(const struct call *call) { return with_path(call, "unlink", remove_name); }

// A call with two paths that returns nothing.
static struct value *with_paths(const struct call *call, const char *syscall, int (*work)(const char *from, const char *to)) {
  char *from = text_argument(call, 0);
  char *to = from == NULL ? NULL : text_argument(call, 1);
  struct value *result = NULL;
  if (to != NULL) result = work(from, to) < 0 ? throw_errno(call, errno, syscall, from, to) : undefined_value(call);
  free(from);
  free(to);
  return result;
}

struct value *path_rename(const struct call *call) { return with_paths(call, "rename", rename); }
struct value *path_link(const struct call *call) { return with_paths(call, "link", link); }
struct value *path_symlink(const struct call *call) { return with_paths(call, "symlink", symlink); }

struct value *path_readlink(const struct call *call) {
  char target[PATH_MAX];
  char *path = text_argument(call, 0);
  if (path == NULL) return NULL;
  ssize_t length = readlink(path, target, sizeof target);
  struct value *result = length < 0 ? throw_errno(call, errno, "readlink", path, NULL) : text_value(call, target, (size_t)length);
  free(path);
  return result;
}

struct value *path_realpath(const struct call *call) {
  char *path = text_argument(call, 0);
  if (path == NULL) return NULL;
  char *real = realpath(path, NULL);
  struct value *result = real == NULL ? throw_errno(call, errno, "realpath", path, NULL) : text_value(call, real, strlen(real));
  free(real);
  free(path);
  return result;
}

static bool add_entry(const struct call *call, struct value *list, uint32_t *count, const struct dirent *entry) {
  return list_set(call, list, (*count)++, text_value(call, entry->d_name, strlen(entry->d_name))) &&
         list_set(call, list, (*count)++, number_value(call, entry->d_type));
}

static bool is_own(const char *name) { return strcmp(name, ".") == 0 || strcmp(name, "..") == 0; }

// Names and types (DT_*) by turns.
struct value *path_readdir(const struct call *call) {
  uint32_t count = 0;
  char *path = text_argument(call, 0);
  if (path == NULL) return NULL;
  DIR *directory = opendir(path);
  struct value *list = directory == NULL ? throw_errno(call, errno, "scandir", path, NULL) : list_value(call);
  while (list != NULL) {
    errno = 0;
    const struct dirent *entry = readdir(directory);
    if (entry == NULL) {
      if (errno != 0) list = throw_errno(call, errno, "scandir", path, NULL);
      break;
    }
    if (!is_own(entry->d_name) && !add_entry(call, list, &count, entry)) list = NULL;
  }
  if (directory != NULL) closedir(directory);
  free(path);
  return list;
}
