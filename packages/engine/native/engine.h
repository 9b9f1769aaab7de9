// The engine: QuickJS as WebAssembly, which wasm2c made C of, continued from a snapshot of its memory.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "quickjs.h"

// The one there is.
extern Z_quickjs_instance_t engine;

// Memory of the engine's, by its address there.
static inline void *engine_memory(uint32_t address) { return engine.w2c_memory.data + address; }

// Copies into the engine's memory; one byte more, which is 0. For wasm_free; 0 without memory.
uint32_t engine_copy(const void *data, size_t length);

// mydocker itself has failed.
enum { EXIT_FAILED = 125 };

WASM_RT_NO_RETURN void engine_trap(wasm_rt_trap_t trap);

// Continues from the snapshot in this executable. Returns the reason where it cannot, or NULL.
const char *engine_open(void);

// Calls the global function `start`, and then what it left to be done. Returns the reason where that failed or did not come to an end;
// it comes to an end in `exit` or in another program.
const char *engine_run(void);
