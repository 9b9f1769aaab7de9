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
#include "value.h"

napi_value status_value(napi_env env, const struct stat *status) {
  const double numbers[] = {
      (double)status->st_dev, (double)status->st_mode, (double)status->st_nlink, (double)status->st_uid,
      (double)status->st_gid, (double)status->st_rdev, (double)status->st_ino,   (double)status->st_size,
      (double)status->st_mtim.tv_sec * 1000 + (double)status->st_mtim.tv_nsec / 1e6,
  };
  napi_value array;
  if (napi_create_array_with_length(env, sizeof numbers / sizeof numbers[0], &array) != napi_ok) return NULL;
  for (uint32_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
    napi_value number = number_value(env, numbers[i]);
    if (number == NULL || napi_set_element(env, array, i, number) != napi_ok) return NULL;
  }
  return array;
}

// (path, follow)
napi_value path_status(napi_env env, napi_callback_info info) {
  struct call call;
  struct stat status;
  int64_t follow;
  if (!call_open(&call, env, info) || !number_argument(&call, 1, &follow)) return NULL;
  char *path = text_argument(&call, 0);
  if (path == NULL) return NULL;
  int found = fstatat(AT_FDCWD, path, &status, follow != 0 ? 0 : AT_SYMLINK_NOFOLLOW);
  napi_value result = found < 0 ? throw_errno(env, errno, follow != 0 ? "stat" : "lstat", path, NULL) : status_value(env, &status);
  free(path);
  return result;
}

napi_value path_exists(napi_env env, napi_callback_info info) {
  struct call call;
  napi_value result;
  if (!call_open(&call, env, info)) return NULL;
  char *path = text_argument(&call, 0);
  if (path == NULL) return NULL;
  bool exists = access(path, F_OK) == 0;
  free(path);
  return napi_get_boolean(env, exists, &result) == napi_ok ? result : NULL;
}

// A call with one path that returns nothing.
static napi_value with_path(napi_env env, napi_callback_info info, const char *syscall, int (*work)(const char *path, mode_t mode)) {
  struct call call;
  int64_t mode = 0;
  if (!call_open(&call, env, info) || (call.count > 1 && !number_argument(&call, 1, &mode))) return NULL;
  char *path = text_argument(&call, 0);
  if (path == NULL) return NULL;
  napi_value result = work(path, (mode_t)mode) < 0 ? throw_errno(env, errno, syscall, path, NULL) : undefined_value(env);
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

napi_value path_mkdir(napi_env env, napi_callback_info info) { return with_path(env, info, "mkdir", mkdir); }
napi_value path_rmdir(napi_env env, napi_callback_info info) { return with_path(env, info, "rmdir", remove_directory); }
napi_value path_unlink(napi_env env, napi_callback_info info) { return with_path(env, info, "unlink", remove_name); }

// A call with two paths that returns nothing.
static napi_value with_paths(napi_env env, napi_callback_info info, const char *syscall, int (*work)(const char *from, const char *to)) {
  struct call call;
  if (!call_open(&call, env, info)) return NULL;
  char *from = text_argument(&call, 0);
  char *to = from == NULL ? NULL : text_argument(&call, 1);
  napi_value result = NULL;
  if (to != NULL) result = work(from, to) < 0 ? throw_errno(env, errno, syscall, from, to) : undefined_value(env);
  free(from);
  free(to);
  return result;
}

napi_value path_rename(napi_env env, napi_callback_info info) { return with_paths(env, info, "rename", rename); }
napi_value path_link(napi_env env, napi_callback_info info) { return with_paths(env, info, "link", link); }
napi_value path_symlink(napi_env env, napi_callback_info info) { return with_paths(env, info, "symlink", symlink); }

napi_value path_readlink(napi_env env, napi_callback_info info) {
  struct call call;
  char target[PATH_MAX];
  if (!call_open(&call, env, info)) return NULL;
  char *path = text_argument(&call, 0);
  if (path == NULL) return NULL;
  ssize_t length = readlink(path, target, sizeof target);
  napi_value result = length < 0 ? throw_errno(env, errno, "readlink", path, NULL) : text_value(env, target, (size_t)length);
  free(path);
  return result;
}

static bool add_entry(napi_env env, napi_value array, uint32_t *count, const struct dirent *entry) {
  napi_value name = text_value(env, entry->d_name, NAPI_AUTO_LENGTH), type = number_value(env, entry->d_type);
  if (name == NULL || type == NULL) return false;
  return napi_set_element(env, array, (*count)++, name) == napi_ok && napi_set_element(env, array, (*count)++, type) == napi_ok;
}

static bool is_own(const char *name) { return strcmp(name, ".") == 0 || strcmp(name, "..") == 0; }

// Names and types (DT_*) by turns.
napi_value path_readdir(napi_env env, napi_callback_info info) {
  struct call call;
  napi_value array;
  uint32_t count = 0;
  if (!call_open(&call, env, info) || napi_create_array(env, &array) != napi_ok) return NULL;
  char *path = text_argument(&call, 0);
  if (path == NULL) return NULL;
  DIR *directory = opendir(path);
  if (directory == NULL) array = throw_errno(env, errno, "scandir", path, NULL);
  while (array != NULL) {
    errno = 0;
    const struct dirent *entry = readdir(directory);
    if (entry == NULL) {
      if (errno != 0) array = throw_errno(env, errno, "scandir", path, NULL);
      break;
    }
    if (!is_own(entry->d_name) && !add_entry(env, array, &count, entry)) array = NULL;
  }
  if (directory != NULL) closedir(directory);
  free(path);
  return array;
}
