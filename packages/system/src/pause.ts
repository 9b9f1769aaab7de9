/** Waits without giving way to anything else. The verbs in a hurry have packages/engine/src/pause.ts in place of this. */
export function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
