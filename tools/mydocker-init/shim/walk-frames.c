#include "walk-frames.h"

#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "write-all.h"

enum { HEADER = 5, ENTRY = 64 };

static int flush(struct frames *frames, struct error *error) {
  if (write_all(STDOUT_FILENO, frames->data, frames->used) < 0) return fail(error, errno, "tell of what is there", NULL);
  frames->used = 0;
  return 0;
}

static unsigned char *put_u32(unsigned char *at, uint32_t value) {
  for (int i = 0; i < 4; i++) *at++ = (unsigned char)(value >> (8 * i));
  return at;
}

static unsigned char *put_u64(unsigned char *at, uint64_t value) { return put_u32(put_u32(at, (uint32_t)value), (uint32_t)(value >> 32)); }

// Room for a frame, its header written.
static unsigned char *begin(struct frames *frames, char kind, size_t length, struct error *error) {
  if (frames->used + HEADER + length > sizeof frames->data && flush(frames, error) < 0) return NULL;
  if (HEADER + length > sizeof frames->data) {
    fail(error, EMSGSIZE, "tell of what is there", NULL);
    return NULL;
  }
  unsigned char *at = frames->data + frames->used;
  frames->used += HEADER + length;
  *at++ = (unsigned char)kind;
  return put_u32(at, (uint32_t)length);
}

int tell_entry(struct frames *frames, const char *path, const struct stat *status, const char *target, struct error *error) {
  size_t length = strlen(path), target_length = target == NULL ? 0 : strlen(target);
  unsigned char *at = begin(frames, 'n', ENTRY + length + target_length, error);
  if (at == NULL) return -1;
  at = put_u32(put_u32(put_u32(at, status->st_mode), status->st_uid), status->st_gid);
  at = put_u32(at, (uint32_t)status->st_nlink);
  at = put_u64(at, (uint64_t)status->st_mtim.tv_sec);
  at = put_u32(at, (uint32_t)status->st_mtim.tv_nsec);
  at = put_u64(at, (uint64_t)status->st_size);
  at = put_u32(put_u32(at, major(status->st_rdev)), minor(status->st_rdev));
  at = put_u64(put_u64(at, status->st_dev), status->st_ino);
  at = put_u32(at, (uint32_t)length);
  memcpy(at, path, length);
  if (target_length > 0) memcpy(at + length, target, target_length);
  return 0;
}

int tell_attribute(struct frames *frames, const char *name, const void *value, uint32_t size, struct error *error) {
  size_t length = strlen(name);
  unsigned char *at = begin(frames, 'x', 4 + length + size, error);
  if (at == NULL) return -1;
  at = put_u32(at, (uint32_t)length);
  memcpy(at, name, length);
  memcpy(at + length, value, size);
  return 0;
}

int tell_content(struct frames *frames, int file, uint64_t size, struct error *error) {
  bool at_end = false;
  while (size > 0) {
    // Read to where it is written from, behind a header that is completed when it is known how much it was.
    if (sizeof frames->data - frames->used < sizeof frames->data / 4 && flush(frames, error) < 0) return -1;
    unsigned char *at = frames->data + frames->used;
    size_t room = sizeof frames->data - frames->used - HEADER;
    if (room > size) room = (size_t)size;
    ssize_t count = at_end ? 0 : read(file, at + HEADER, room);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(error, errno, "read what is there", NULL);
    if (count == 0) {
      at_end = true;
      memset(at + HEADER, 0, room);
      count = (ssize_t)room;
    }
    *at++ = 'b';
    put_u32(at, (uint32_t)count);
    frames->used += HEADER + (size_t)count;
    size -= (uint64_t)count;
  }
  return 0;
}

int tell_end(struct frames *frames, struct error *error) { return begin(frames, 'e', 0, error) == NULL ? -1 : flush(frames, error); }
