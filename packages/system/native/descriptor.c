// Open files.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "functions.h"
#include "status.h"

// Nobody's document is longer, and a string of the engine's cannot be.
enum { FILE_LIMIT = 512 * 1024 * 1024, FIRST_ROOM = 16 * 1024 };

static bool descriptor_argument(const struct call *call, int *fd) {
  int64_t number;
  if (!number_argument(call, 0, &number)) return false;
  if (number >= 0 && number <= INT_MAX) {
    *fd = (int)number;
    return true;
  }
  throw_errno(call, EBADF, "use a descriptor", NULL, NULL);
  return false;
}

struct value *file_open(const struct call *call) {
  int64_t flags, mode;
  if (!number_argument(call, 1, &flags) || !number_argument(call, 2, &mode)) return NULL;
  char *path = text_argument(call, 0);
  if (path == NULL) return NULL;
  int fd;
  do fd = open(path, (int)flags | O_CLOEXEC, (mode_t)mode);
  while (fd < 0 && errno == EINTR);
  struct value *result = fd < 0 ? throw_errno(call, errno, "open", path, NULL) : number_value(call, fd);
  free(path);
  return result;
}

struct value *file_close(const struct call *call) {
  int fd;
  if (!descriptor_argument(call, &fd)) return NULL;
  // EINTR: it is closed all the same (close(2)).
  if (close(fd) < 0 && errno != EINTR) return throw_errno(call, errno, "close", NULL, NULL);
  return undefined_value(call);
}

// (fd, bytes, position): at the file's own position where it is -1.
struct value *file_read(const struct call *call) {
  int fd;
  uint8_t *bytes;
  size_t length;
  int64_t position;
  if (!descriptor_argument(call, &fd) || !bytes_argument(call, 1, &bytes, &length) ||
      !number_argument(call, 2, &position)) {
    return NULL;
  }
  ssize_t got;
  do got = position < 0 ? read(fd, bytes, length) : pread(fd, bytes, length, position);
  while (got < 0 && errno == EINTR);
  return got < 0 ? throw_errno(call, errno, "read", NULL, NULL) : number_value(call, (double)got);
}

// Most files are small, and many are read: the size is asked for where there is more. One byte more than the file has, so that its end is
// found without making more room. Files of /proc say 0.
static size_t more_room(int fd, size_t room) {
  struct stat status;
  if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size >= (off_t)room) return (size_t)status.st_size + 1;
  return room * 2;
}

// All there is from the file's position on. To be freed; NULL with errno set.
static uint8_t *read_all(int fd, size_t *size) {
  uint8_t *data = NULL;
  *size = 0;
  for (size_t room = FIRST_ROOM; room <= FILE_LIMIT; room = more_room(fd, room)) {
    uint8_t *more = realloc(data, room);
    if (more == NULL) break;
    data = more;
    while (*size < room) {
      ssize_t got = read(fd, data + *size, room - *size);
      if (got == 0) return data;
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) {
        free(data);
        return NULL;
      }
      *size += (size_t)got;
    }
    errno = EFBIG;
  }
  free(data);
  return NULL;
}

struct value *file_read_text(const struct call *call) {
  int fd;
  size_t size;
  if (!descriptor_argument(call, &fd)) return NULL;
  uint8_t *data = read_all(fd, &size);
  if (data == NULL) return throw_errno(call, errno, "read", NULL, NULL);
  struct value *text = text_value(call, (const char *)data, size);
  free(data);
  return text;
}

struct value *file_read_bytes(const struct call *call) {
  int fd;
  size_t size;
  if (!descriptor_argument(call, &fd)) return NULL;
  uint8_t *data = read_all(fd, &size);
  if (data == NULL) return throw_errno(call, errno, "read", NULL, NULL);
  struct value *bytes = bytes_value(call, data, size);
  free(data);
  return bytes;
}

// (fd, bytes, offset): what one write(2) takes.
struct value *file_write(const struct call *call) {
  int fd;
  uint8_t *bytes;
  size_t length;
  int64_t offset;
  if (!descriptor_argument(call, &fd) || !bytes_argument(call, 1, &bytes, &length) ||
      !number_argument(call, 2, &offset)) {
    return NULL;
  }
  if (offset < 0 || (uint64_t)offset > length) return throw_errno(call, EINVAL, "write", NULL, NULL);
  ssize_t written;
  do written = write(fd, bytes + offset, length - (size_t)offset);
  while (written < 0 && errno == EINTR);
  return written < 0 ? throw_errno(call, errno, "write", NULL, NULL) : number_value(call, (double)written);
}

struct value *file_sync(const struct call *call) {
  int fd;
  if (!descriptor_argument(call, &fd)) return NULL;
  if (fsync(fd) < 0) return throw_errno(call, errno, "fsync", NULL, NULL);
  return undefined_value(call);
}

// Returns false where somebody else holds it.
struct value *file_lock(const struct call *call) {
  int fd;
  if (!descriptor_argument(call, &fd)) return NULL;
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return boolean_value(call, true);
  return errno == EWOULDBLOCK ? boolean_value(call, false) : throw_errno(call, errno, "flock", NULL, NULL);
}

struct value *file_status(const struct call *call) {
  struct stat status;
  int fd;
  if (!descriptor_argument(call, &fd)) return NULL;
  if (fstat(fd, &status) < 0) return throw_errno(call, errno, "fstat", NULL, NULL);
  return status_value(call, &status);
}
