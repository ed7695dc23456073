/** Milliseconds of rest before something is said: who types or turns the wheel hears only the last. */
const REST = 350;

/** Tells screen readers what has changed without moving the focus. */
export class LiveRegion {
  readonly node: HTMLElement;
  readonly #pending = new Map<string, string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.node = document.createElement("div");
    this.node.className = "hidden";
    this.node.setAttribute("role", "status");
    this.node.setAttribute("aria-live", "polite");
  }

  /** Says a text when there is rest; of one topic only the last. */
  say(topic: string, text: string): void {
    this.#pending.set(topic, text);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.node.textContent = [...this.#pending.values()].join(". ");
      this.#pending.clear();
    }, REST);
  }
}
