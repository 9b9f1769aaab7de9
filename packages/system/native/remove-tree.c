// Removes a directory with all that is in it, by descriptors: no link in it leads anywhere.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "functions.h"

// Deeper than any tree of ours; one that a container made is removed by other means (removeTree in mydocker-image).
enum { DEPTH_LIMIT = 256 };

static int remove_entry(int parent, const char *name, int depth);

static int empty(int directory, int depth) {
  DIR *entries = fdopendir(directory);
  if (entries == NULL) {
    close(directory);
    return -1;
  }
  int result = 0, number = 0;
  for (;;) {
    errno = 0;
    const struct dirent *entry = readdir(entries);
    if (entry == NULL) {
      if (errno != 0) result = -1;
      break;
    }
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    result = remove_entry(dirfd(entries), entry->d_name, depth);
    if (result < 0) break;
  }
  number = errno;
  closedir(entries);
  errno = number;
  return result;
}

static int remove_entry(int parent, const char *name, int depth) {
  if (unlinkat(parent, name, 0) == 0 || errno == ENOENT) return 0;
  // EPERM is what POSIX has for a directory, EISDIR what Linux says.
  if (errno != EISDIR && errno != EPERM) return -1;
  int refused = errno;
  int directory = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory < 0) {
    if (errno == ENOTDIR) errno = refused;
    return errno == ENOENT ? 0 : -1;
  }
  if (depth == DEPTH_LIMIT) {
    close(directory);
    errno = ENAMETOOLONG;
    return -1;
  }
  if (empty(directory, depth + 1) < 0) return -1;
  return unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -1;
}

// Nothing there is success.
struct value *path_remove_tree(const struct call *call) {
  char *path = text_argument(call, 0);
  if (path == NULL) return NULL;
  struct value *result = remove_entry(AT_FDCWD, path, 0) < 0 ? throw_errno(call, errno, "rm", path, NULL) : undefined_value(call);
  free(path);
  return result;
}
