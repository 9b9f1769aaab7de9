// The role `walk`: tells of everything in a directory, in frames on stdout (docs/shim.md).
#pragma once

int walk_role(int argc, char **argv);
