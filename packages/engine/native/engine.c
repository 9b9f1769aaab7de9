#include "engine.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mman.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "snapshot.h"

enum { WASM_PAGE = 65536 };

Z_quickjs_instance_t engine;

// Where in the executable's file the snapshot is; -1 where no segment has it.
static off_t snapshot_offset(void) {
  const Elf64_Phdr *segments = (const Elf64_Phdr *)getauxval(AT_PHDR);
  uintptr_t start = (uintptr_t)snapshot_start;
  for (size_t i = 0; segments != NULL && i < getauxval(AT_PHNUM); i++) {
    if (segments[i].p_type != PT_LOAD) continue;
    // Not position-independent: addresses are those of the file.
    if (start >= segments[i].p_vaddr && start < segments[i].p_vaddr + segments[i].p_filesz) {
      return (off_t)(segments[i].p_offset + (start - segments[i].p_vaddr));
    }
  }
  return -1;
}

const char *engine_open(void) {
  size_t size = (size_t)(snapshot_end - snapshot_start);
  Z_quickjs_init_module();
  Z_quickjs_instantiate(&engine, NULL, NULL);
  uint32_t pages = (uint32_t)(size / WASM_PAGE);
  if (pages > engine.w2c_memory.pages &&
      wasm_rt_grow_memory(&engine.w2c_memory, pages - engine.w2c_memory.pages) == UINT32_MAX) {
    return strerror(ENOMEM);
  }
  int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return strerror(errno);
  // A private mapping: a page is read when it is used, and copied when it is written.
  void *mapped = mmap(engine.w2c_memory.data, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, snapshot_offset());
  int number = errno;
  close(fd);
  if (mapped == MAP_FAILED) return strerror(number);
  // Most of the heap is written to, if only to count references: all at once costs half of what it costs page by page. Below it is the stack.
  madvise((uint8_t *)mapped + snapshot_header.stack_pointer, size - snapshot_header.stack_pointer, MADV_POPULATE_WRITE);
  *Z_quickjsZ___stack_pointer(&engine) = snapshot_header.stack_pointer;
  Z_quickjsZ_qjs_set_runtime_and_context(&engine, snapshot_header.runtime, snapshot_header.context);
  return NULL;
}

// What WebAssembly has for an assertion that failed. Nothing can go on from there.
void engine_trap(wasm_rt_trap_t trap) {
  fprintf(stderr, "mydocker: internal error: the engine has stopped: %s\n", wasm_rt_strerror(trap));
  _exit(EXIT_FAILED);
}

uint32_t engine_copy(const void *data, size_t length) {
  if (length >= UINT32_MAX) return 0;
  uint32_t copy = Z_quickjsZ_wasm_malloc(&engine, (uint32_t)length + 1);
  if (copy == 0) return 0;
  memcpy(engine_memory(copy), data, length);
  *((char *)engine_memory(copy) + length) = '\0';
  return copy;
}

// The text of what was thrown. Kept until the process ends.
static const char *describe_exception(uint32_t exception) {
  uint32_t text = Z_quickjsZ_qjs_get_string(&engine, exception);
  return text == 0 ? "an exception without words" : engine_memory(text);
}

static const char *run_jobs(void) {
  while (Z_quickjsZ_qjs_is_job_pending(&engine) != 0) {
    uint32_t result = Z_quickjsZ_qjs_execute_pending_job(&engine);
    if (result != 0 && Z_quickjsZ_qjs_is_exception(&engine, result) != 0) {
      return describe_exception(Z_quickjsZ_qjs_get_exception(&engine));
    }
  }
  return "it waits for what nobody does";
}

const char *engine_run(void) {
  uint32_t name = engine_copy("start", strlen("start"));
  if (name == 0) return strerror(ENOMEM);
  uint32_t global = Z_quickjsZ_qjs_get_global(&engine);
  uint32_t start = Z_quickjsZ_qjs_get_prop_string(&engine, global, name);
  uint32_t result = Z_quickjsZ_qjs_call(&engine, start, global, 0, 0);
  if (Z_quickjsZ_qjs_is_exception(&engine, result) != 0) return describe_exception(Z_quickjsZ_qjs_get_exception(&engine));
  return run_jobs();
}
