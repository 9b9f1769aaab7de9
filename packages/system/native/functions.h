// What JavaScript can call: the name there, and the function. src/addon.ts has their types.
#pragma once

#include "value.h"

#define FUNCTIONS(X)                  \
  X("open", file_open)                \
  X("close", file_close)              \
  X("read", file_read)                \
  X("readText", file_read_text)       \
  X("readBytes", file_read_bytes)     \
  X("write", file_write)              \
  X("sync", file_sync)                \
  X("lock", file_lock)                \
  X("status", file_status)            \
  X("pathStatus", path_status)        \
  X("exists", path_exists)            \
  X("makeDirectory", path_mkdir)      \
  X("removeDirectory", path_rmdir)    \
  X("unlink", path_unlink)            \
  X("rename", path_rename)            \
  X("link", path_link)                \
  X("symbolicLink", path_symlink)     \
  X("readLink", path_readlink)        \
  X("realPath", path_realpath)        \
  X("readDirectory", path_readdir)    \
  X("removeTree", path_remove_tree)   \
  X("tryBind", socket_try_bind)       \
  X("execute", process_execute)

#define X(name, function) struct value *function(const struct call *call);
FUNCTIONS(X)
#undef X
