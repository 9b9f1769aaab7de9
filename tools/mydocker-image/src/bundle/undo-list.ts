/** What was done so far, to be undone from the last to the first where a later step fails. */
export class UndoList {
  readonly #steps: (() => void)[] = [];

  add(step: () => void): void {
    this.#steps.push(step);
  }

  /** Undoes everything. A step that fails keeps no other from its turn; what it leaves, `gc` finds. */
  undo(): void {
    for (const step of this.#steps.reverse()) {
      try {
        step();
      } catch {}
    }
  }
}
