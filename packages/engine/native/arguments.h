#pragma once

// What this process was called with; for the functions that JavaScript asks.
void arguments_keep(int count, char **texts);
