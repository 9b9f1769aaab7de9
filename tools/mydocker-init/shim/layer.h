// The role `unpack`: makes a layer's files of the frames on stdin (docs/shim.md).
#pragma once

int unpack_role(int argc, char **argv);

// The role `opaque`: tells of the opaque directories of a layer, each path below it with a NUL byte behind.
int opaque_role(int argc, char **argv);
