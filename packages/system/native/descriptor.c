// Open files.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "functions.h"
#include "status.h"
#include "value.h"

// Nobody's document is longer, and a string of the engine's cannot be.
enum { FILE_LIMIT = 512 * 1024 * 1024, FIRST_ROOM = 16 * 1024 };

static bool descriptor_argument(const struct call *call, int *fd) {
  int64_t number;
  if (!number_argument(call, 0, &number)) return false;
  if (number >= 0 && number <= INT_MAX) {
    *fd = (int)number;
    return true;
  }
  throw_errno(call->env, EBADF, "use a descriptor", NULL, NULL);
  return false;
}

napi_value file_open(napi_env env, napi_callback_info info) {
  struct call call;
  int64_t flags, mode;
  if (!call_open(&call, env, info) || !number_argument(&call, 1, &flags) || !number_argument(&call, 2, &mode)) return NULL;
  char *path = text_argument(&call, 0);
  if (path == NULL) return NULL;
  int fd;
  do fd = open(path, (int)flags | O_CLOEXEC, (mode_t)mode);
  while (fd < 0 && errno == EINTR);
  napi_value result = fd < 0 ? throw_errno(env, errno, "open", path, NULL) : number_value(env, fd);
  free(path);
  return result;
}

napi_value file_close(napi_env env, napi_callback_info info) {
  struct call call;
  int fd;
  if (!call_open(&call, env, info) || !descriptor_argument(&call, &fd)) return NULL;
  // EINTR: it is closed all the same (close(2)).
  if (close(fd) < 0 && errno != EINTR) return throw_errno(env, errno, "close", NULL, NULL);
  return undefined_value(env);
}

// (fd, bytes, position): at the file's own position where it is -1.
napi_value file_read(napi_env env, napi_callback_info info) {
  struct call call;
  int fd;
  uint8_t *bytes;
  size_t length;
  int64_t position;
  if (!call_open(&call, env, info) || !descriptor_argument(&call, &fd) || !bytes_argument(&call, 1, &bytes, &length) ||
      !number_argument(&call, 2, &position)) {
    return NULL;
  }
  ssize_t got;
  do got = position < 0 ? read(fd, bytes, length) : pread(fd, bytes, length, position);
  while (got < 0 && errno == EINTR);
  return got < 0 ? throw_errno(env, errno, "read", NULL, NULL) : number_value(env, (double)got);
}

// All there is from the file's position on. To be freed; NULL with errno set.
static uint8_t *read_all(int fd, size_t *size) {
  struct stat status;
  size_t room = FIRST_ROOM;
  // One byte more than the file has, so that its end is found without making more room. Files of /proc say 0.
  if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size >= FIRST_ROOM) room = (size_t)status.st_size + 1;
  uint8_t *data = NULL;
  *size = 0;
  if (room > FILE_LIMIT) errno = EFBIG;
  for (; room <= FILE_LIMIT; room *= 2) {
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

napi_value file_read_text(napi_env env, napi_callback_info info) {
  struct call call;
  int fd;
  size_t size;
  if (!call_open(&call, env, info) || !descriptor_argument(&call, &fd)) return NULL;
  uint8_t *data = read_all(fd, &size);
  if (data == NULL) return throw_errno(env, errno, "read", NULL, NULL);
  napi_value text = text_value(env, (const char *)data, size);
  free(data);
  return text;
}

napi_value file_read_bytes(napi_env env, napi_callback_info info) {
  struct call call;
  int fd;
  size_t size;
  napi_value buffer;
  if (!call_open(&call, env, info) || !descriptor_argument(&call, &fd)) return NULL;
  uint8_t *data = read_all(fd, &size);
  if (data == NULL) return throw_errno(env, errno, "read", NULL, NULL);
  if (napi_create_buffer_copy(env, size, data, NULL, &buffer) != napi_ok) buffer = NULL;
  free(data);
  return buffer;
}

// (fd, bytes, offset): what one write(2) takes.
napi_value file_write(napi_env env, napi_callback_info info) {
  struct call call;
  int fd;
  uint8_t *bytes;
  size_t length;
  int64_t offset;
  if (!call_open(&call, env, info) || !descriptor_argument(&call, &fd) || !bytes_argument(&call, 1, &bytes, &length) ||
      !number_argument(&call, 2, &offset)) {
    return NULL;
  }
  if (offset < 0 || (uint64_t)offset > length) return throw_errno(env, EINVAL, "write", NULL, NULL);
  ssize_t written;
  do written = write(fd, bytes + offset, length - (size_t)offset);
  while (written < 0 && errno == EINTR);
  return written < 0 ? throw_errno(env, errno, "write", NULL, NULL) : number_value(env, (double)written);
}

napi_value file_sync(napi_env env, napi_callback_info info) {
  struct call call;
  int fd;
  if (!call_open(&call, env, info) || !descriptor_argument(&call, &fd)) return NULL;
  if (fsync(fd) < 0) return throw_errno(env, errno, "fsync", NULL, NULL);
  return undefined_value(env);
}

napi_value file_status(napi_env env, napi_callback_info info) {
  struct call call;
  struct stat status;
  int fd;
  if (!call_open(&call, env, info) || !descriptor_argument(&call, &fd)) return NULL;
  if (fstat(fd, &status) < 0) return throw_errno(env, errno, "fstat", NULL, NULL);
  return status_value(env, &status);
}
