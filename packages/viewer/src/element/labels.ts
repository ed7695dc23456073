/** Names longer than this are cut before they are measured: no picture is wide enough for them. */
const LONGEST = 4000;

const ELLIPSIS = "…";

/** Rooms of fewer ellipses than this have no room for both ends of a name. */
const NARROW = 9;

/** What a function is called, without where it belongs and what it takes. */
function lastPart(name: string): string {
  const plain = name.length > 300 ? "" : name.replace(/\s*\(.*$/s, "");
  return /[^:./\\`]+$/.exec(plain)?.[0] ?? name;
}

/** C0 and C1 controls and what turns the direction of writing around: they would make a name look like another. */
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A name as it is shown: controls become a visible sign. */
export function shownName(name: string): string {
  const cut = name.length > LONGEST ? `${name.slice(0, LONGEST)}${ELLIPSIS}` : name;
  return cut.replace(UNSEEN, "\ufffd");
}

/**
 * Fits names into widths. Widths are sums of the characters' widths, each measured once: close enough, and a
 * thousand labels cost nothing.
 */
export class LabelFitter {
  readonly #measure: (text: string) => number;
  readonly #ascii = new Float64Array(128);
  readonly #others = new Map<string, number>();
  readonly #ellipsis: number;

  constructor(measure: (text: string) => number) {
    this.#measure = measure;
    for (let code = 32; code < 127; code++) this.#ascii[code] = measure(String.fromCharCode(code));
    this.#ellipsis = measure(ELLIPSIS);
  }

  /** Width of a whole text. */
  width(text: string): number {
    let sum = 0;
    for (const character of text) sum += this.#widthOf(character);
    return sum;
  }

  /**
   * The text, or as much of its beginning and end as fits with an ellipsis between: both ends of a function's name
   * tell most, where it belongs and what it is called. Where there is room for only one of them it is the latter.
   * Empty where nothing fits.
   */
  fit(text: string, room: number): string {
    const characters: string[] = [];
    let sum = 0;
    // Enough is known as soon as the text is too wide for the room.
    for (const character of text) {
      characters.push(character);
      sum += this.#widthOf(character);
      if (sum > room) break;
    }
    if (sum <= room) return text;
    let left = room - this.#ellipsis;
    if (left < this.#ellipsis) return "";
    if (left < NARROW * this.#ellipsis) {
      const short = lastPart(text);
      if (short !== text) {
        if (this.width(short) > left) return this.fit(short, room);
        return text.startsWith(short) ? `${short}${ELLIPSIS}` : `${ELLIPSIS}${short}`;
      }
    }
    const headRoom = left > NARROW * this.#ellipsis ? left * 0.55 : left;
    let head = 0;
    let used = 0;
    while (head < characters.length && used + this.#widthOf(characters[head]!) <= headRoom) {
      used += this.#widthOf(characters[head++]!);
    }
    left -= used;
    const start = characters.slice(0, head).join("");
    if (headRoom === room - this.#ellipsis) return head < 2 ? "" : `${start}${ELLIPSIS}`;
    let from = text.length;
    while (from > start.length) {
      const step = isLowSurrogate(text.charCodeAt(from - 1)) ? 2 : 1;
      left -= this.#widthOf(text.slice(from - step, from));
      if (left < 0) break;
      from -= step;
    }
    return `${start}${ELLIPSIS}${text.slice(from)}`;
  }

  #widthOf(character: string): number {
    const code = character.charCodeAt(0);
    if (code < 128) return this.#ascii[code]!;
    let width = this.#others.get(character);
    if (width === undefined) {
      width = this.#measure(character);
      if (this.#others.size > 20_000) this.#others.clear();
      this.#others.set(character, width);
    }
    return width;
  }
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}
