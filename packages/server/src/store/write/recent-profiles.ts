/** So many profiles are remembered at least, and twice as many at most. */
const GENERATION = 200_000;

/**
 * Profiles pushed lately, by what makes them the same: a client that did not hear the acknowledgement sends a profile
 * again with its id, and it must count once. Two generations of bounded size; the older one is forgotten as a whole.
 */
export class RecentProfiles {
  #young = new Map<string, Promise<void> | undefined>();
  #old = new Map<string, Promise<void> | undefined>();

  has(key: string): boolean {
    return this.#young.has(key) || this.#old.has(key);
  }

  /** Resolves when a known profile is on disk, rejects when it could not be written. */
  written(key: string): Promise<void> | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  /** `written` is there while the profile is on its way to the disk. */
  add(key: string, written?: Promise<void>): void {
    this.#young.set(key, written);
    if (written !== undefined) {
      written.then(
        () => this.#settle(key),
        () => this.remove(key),
      );
    }
    if (this.#young.size < GENERATION) return;
    this.#old = this.#young;
    this.#young = new Map();
  }

  remove(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  #settle(key: string): void {
    for (const generation of [this.#young, this.#old])
      if (generation.has(key)) generation.set(key, undefined);
  }
}
