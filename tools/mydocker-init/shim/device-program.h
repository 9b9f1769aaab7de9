// The device program of a cgroup: what cgroup v2 has in place of v1's devices controller.
#pragma once

// The role `device-program`: `--cgroup DIRECTORY`, and the program's instructions on stdin.
int device_program_role(int argc, char **argv);
