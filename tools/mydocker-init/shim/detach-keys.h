// The keys that leave a container running: ctrl-p,ctrl-q, or what --detach-keys says.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct detach_keys {
  unsigned char keys[16];
  size_t count;   // 0: no keys detach
  size_t matched; // how many of them have just been typed
};

// Reads `a`, `ctrl-p,ctrl-q`, `ctrl-@,x`, …; empty: no keys. False: not such a list.
bool detach_keys_parse(struct detach_keys *detach, const char *list);

// Looks for the keys in what was typed. Writes to `passed` (room for size + 16) what is for the container, which leaves out keys that
// may become the sequence, until they do not. True: they did.
bool detach_keys_filter(struct detach_keys *detach, const char *typed, size_t size, char *passed, size_t *passed_size);
