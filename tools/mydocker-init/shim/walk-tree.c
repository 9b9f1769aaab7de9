#include "walk-tree.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "syscalls.h"
#include "text.h"

// What is in a directory: texts, each with its NUL byte, one behind the other; and a list of them, once all are there.
struct names {
  char *texts;
  size_t used, room, count;
  const char **list;
};

// A descriptor's name in /proc/self/fd.
static void name_of(int descriptor, char name[16]) {
  struct text text = {.data = name, .size = 16, .used = 0};
  name[0] = '\0';
  text_add_number(&text, (uint64_t)descriptor);
}

static int complain_of(struct walk *walk, const char *what) { return fail(&walk->error, errno, what, walk->path, NULL); }

// Gone, or something else by now: somebody changes the tree. What is behind a mount or a link is none of it.
static bool is_gone(int number) { return number == ENOENT || number == ENOTDIR || number == ELOOP || number == EXDEV; }

static int open_entry(const struct walk *walk) {
  uint64_t resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
  return kernel_openat2(walk->root, walk->path, O_PATH | O_NOFOLLOW | O_CLOEXEC, resolve);
}

static int tell_attributes(struct walk *walk, const char *name) {
  ssize_t length = listxattr(name, walk->names, sizeof walk->names);
  if (length < 0 && errno == EOPNOTSUPP) return 0;
  if (length < 0) return complain_of(walk, "list attributes of ");
  for (const char *at = walk->names; at < walk->names + length; at += strlen(at) + 1) {
    ssize_t size = getxattr(name, at, walk->value, sizeof walk->value);
    // Taken away meanwhile, or no attribute that can be asked for (security modules list some).
    if (size < 0 && (errno == ENODATA || errno == EOPNOTSUPP)) continue;
    if (size < 0) return complain_of(walk, "read an attribute of ");
    if (tell_attribute(&walk->frames, at, walk->value, (uint32_t)size, &walk->error) < 0) return -1;
  }
  return 0;
}

static int tell_file(struct walk *walk, const char *name, const struct stat *status) {
  if (status->st_nlink > 1) {
    int seen = inode_set_add(&walk->seen, status->st_dev, status->st_ino);
    if (seen < 0) return complain_of(walk, "remember ");
    if (seen == 1) return 0;
  }
  if (!walk->content || status->st_size == 0) return 0;
  // The very inode that was looked at: a FIFO or device in its place would have to be another one.
  int file = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return complain_of(walk, "open ");
  int result = tell_content(&walk->frames, file, (uint64_t)status->st_size, &walk->error);
  close(file);
  return result;
}

static int compare_names(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

static int add_name(struct names *names, const char *name) {
  size_t size = strlen(name) + 1;
  if (names->room - names->used < size) {
    size_t room = names->room * 2 + 1024;
    char *texts = realloc(names->texts, room);
    if (texts == NULL) return -1;
    names->texts = texts;
    names->room = room;
  }
  memcpy(names->texts + names->used, name, size);
  names->used += size;
  names->count++;
  return 0;
}

static int sort_names(struct names *names) {
  if (names->count == 0) return 0;
  names->list = malloc(names->count * sizeof *names->list);
  if (names->list == NULL) return -1;
  const char *at = names->texts;
  for (size_t i = 0; i < names->count; i++, at += strlen(at) + 1) names->list[i] = at;
  qsort(names->list, names->count, sizeof *names->list, compare_names);
  return 0;
}

static int read_names(struct walk *walk, const char *name, struct names *names) {
  int file = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *directory = file < 0 ? NULL : fdopendir(file);
  if (directory == NULL) {
    complain_of(walk, "open ");
    if (file >= 0) close(file);
    return -1;
  }
  int result = 0;
  for (errno = 0; result == 0; errno = 0) {
    const struct dirent *entry = readdir(directory);
    if (entry == NULL) {
      // One that has been removed meanwhile has nothing in it.
      if (errno != 0 && errno != ENOENT) result = complain_of(walk, "read ");
      break;
    }
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    if (add_name(names, entry->d_name) < 0) result = complain_of(walk, "remember what is in ");
  }
  closedir(directory);
  if (result == 0 && sort_names(names) < 0) result = complain_of(walk, "remember what is in ");
  return result;
}

static int walk_entry(struct walk *walk);

static int walk_names(struct walk *walk, const struct names *names) {
  size_t above = strcmp(walk->path, ".") == 0 ? 0 : strlen(walk->path);
  size_t begin = above == 0 ? 0 : above + 1;
  for (size_t i = 0; i < names->count; i++) {
    size_t length = strlen(names->list[i]);
    if (begin + length >= sizeof walk->path) {
      errno = ENAMETOOLONG;
      return complain_of(walk, "tell of something in ");
    }
    if (above > 0) walk->path[above] = '/';
    memcpy(walk->path + begin, names->list[i], length + 1);
    if (walk_entry(walk) < 0) return -1;
    walk->path[above] = '\0';
  }
  if (above == 0) strcpy(walk->path, ".");
  return 0;
}

// Fills in what is in a directory: it is looked at once the descriptor is closed, for there may be more levels than descriptors.
static int tell_of(struct walk *walk, int descriptor, struct names *names) {
  struct stat status;
  char name[16];
  const char *target = NULL;
  if (fstat(descriptor, &status) < 0) return complain_of(walk, "look at ");
  if (S_ISLNK(status.st_mode)) {
    ssize_t length = readlinkat(descriptor, "", walk->text, sizeof walk->text - 1);
    if (length < 0) return complain_of(walk, "read the link ");
    walk->text[length] = '\0';
    target = walk->text;
  }
  name_of(descriptor, name);
  if (tell_entry(&walk->frames, walk->path, &status, target, &walk->error) < 0) return -1;
  if (tell_attributes(walk, name) < 0) return -1;
  if (S_ISREG(status.st_mode)) return tell_file(walk, name, &status);
  return S_ISDIR(status.st_mode) ? read_names(walk, name, names) : 0;
}

static int walk_entry(struct walk *walk) {
  struct names names = {0};
  int descriptor = open_entry(walk);
  if (descriptor < 0) return is_gone(errno) ? 0 : complain_of(walk, "open ");
  int result = tell_of(walk, descriptor, &names);
  close(descriptor);
  if (result == 0) result = walk_names(walk, &names);
  free(names.list);
  free(names.texts);
  return result;
}

int walk_tree(struct walk *walk) {
  strcpy(walk->path, ".");
  return walk_entry(walk) < 0 ? -1 : tell_end(&walk->frames, &walk->error);
}
