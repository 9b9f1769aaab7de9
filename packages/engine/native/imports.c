// What the WebAssembly module imports. It has no files, no modules and no clock but the host's.
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "engine.h"
#include "host-call.h"

// wasi_snapshot_preview1's errno.
enum { WASI_BADF = 8, WASI_IO = 29 };

uint32_t Z_envZ_host_call(struct Z_env_instance_t *env, u32 name, u32 length, u32 self, u32 count, u32 arguments) {
  (void)env, (void)self;
  return host_call(engine_memory(name), length, count, engine_memory(arguments));
}

// Times are written in UTC; logs and records have nothing else.
uint32_t Z_envZ_host_get_timezone_offset(struct Z_env_instance_t *env, u32 high, u32 low) {
  (void)env, (void)high, (void)low;
  return 0;
}

uint32_t Z_envZ_host_interrupt(struct Z_env_instance_t *env) {
  (void)env;
  return 0;
}

uint32_t Z_envZ_host_module_load(struct Z_env_instance_t *env, u32 name, u32 length) {
  (void)env, (void)name, (void)length;
  return 0;
}

uint32_t Z_envZ_host_module_normalize(struct Z_env_instance_t *env, u32 base, u32 name) {
  (void)env, (void)base, (void)name;
  return 0;
}

void Z_envZ_host_promise_rejection(struct Z_env_instance_t *env, u32 promise, u32 reason, u32 handled) {
  (void)env, (void)promise, (void)reason, (void)handled;
}

uint32_t Z_wasi_snapshot_preview1Z_clock_time_get(struct Z_wasi_snapshot_preview1_instance_t *wasi, u32 clock, u64 precision, u32 result) {
  (void)wasi, (void)precision;
  struct timespec now;
  // WASI numbers its first two clocks as Linux does: real time, monotonic.
  if (clock_gettime(clock == 1 ? CLOCK_MONOTONIC : CLOCK_REALTIME, &now) < 0) return WASI_IO;
  uint64_t nanoseconds = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
  memcpy(engine_memory(result), &nanoseconds, sizeof nanoseconds);
  return 0;
}

uint32_t Z_wasi_snapshot_preview1Z_random_get(struct Z_wasi_snapshot_preview1_instance_t *wasi, u32 buffer, u32 length) {
  (void)wasi;
  return getrandom(engine_memory(buffer), length, 0) == (ssize_t)length ? 0 : WASI_IO;
}

uint32_t Z_wasi_snapshot_preview1Z_fd_close(struct Z_wasi_snapshot_preview1_instance_t *wasi, u32 fd) {
  (void)wasi, (void)fd;
  return WASI_BADF;
}

uint32_t Z_wasi_snapshot_preview1Z_fd_fdstat_get(struct Z_wasi_snapshot_preview1_instance_t *wasi, u32 fd, u32 result) {
  (void)wasi, (void)fd, (void)result;
  return WASI_BADF;
}

uint32_t Z_wasi_snapshot_preview1Z_fd_seek(struct Z_wasi_snapshot_preview1_instance_t *wasi, u32 fd, u64 offset, u32 whence, u32 result) {
  (void)wasi, (void)fd, (void)offset, (void)whence, (void)result;
  return WASI_BADF;
}

uint32_t Z_wasi_snapshot_preview1Z_fd_write(struct Z_wasi_snapshot_preview1_instance_t *wasi, u32 fd, u32 vectors, u32 count, u32 result) {
  (void)wasi, (void)fd, (void)vectors, (void)count, (void)result;
  return WASI_BADF;
}
