// A tree that somebody may be changing while it is walked, and who may be hostile.
#pragma once

#include <stdbool.h>

#include "error.h"
#include "inode-set.h"
#include "walk-frames.h"

struct walk {
  int root;          // where paths begin
  bool content;      // of regular files, too
  struct frames frames;
  struct inode_set seen;
  struct error error;
  char path[4096];   // of what is being told; "." is the root
  char text[4096];   // a link's target
  char names[64 * 1024], value[64 * 1024];
};

// The working directory is /proc/self/fd: a name there leads to what the descriptor has, whatever has its path by now.
int walk_tree(struct walk *walk);
