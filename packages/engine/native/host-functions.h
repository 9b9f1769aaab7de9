// What JavaScript can call besides functions.h, in place of what Node and Bun have built in. src/host.ts has their types.
#pragma once

#include "functions.h"

#define HOST_FUNCTIONS(X)             \
  X("arguments", host_arguments)      \
  X("environment", host_environment)  \
  X("executable", host_executable)    \
  X("directory", host_directory)      \
  X("hostname", host_hostname)        \
  X("numbers", host_numbers)          \
  X("processors", host_processors)    \
  X("isTerminal", host_is_terminal)   \
  X("signal", host_signal)            \
  X("sleep", host_sleep)              \
  X("clock", host_clock)              \
  X("random", host_random)            \
  X("encode", host_encode)            \
  X("decode", host_decode)            \
  X("startProgram", program_start)    \
  X("endProgram", program_end)        \
  X("become", host_become)            \
  X("exit", host_exit)

#define X(name, function) struct value *function(const struct call *call);
HOST_FUNCTIONS(X)
#undef X
