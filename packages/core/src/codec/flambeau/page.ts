import type { Notes } from "../../model/notes.ts";
import { decodeLatin1 } from "../../util/platform.ts";
import type { ByteSource } from "../../util/source.ts";

/** Stands near the beginning of every page that the viewer exports. */
const GENERATOR = '<meta name="generator" content="Flambeau">';
/** Where the generator is looked for: the content security policy comes before it. */
const GENERATOR_WITHIN = 4096;

/** The start tag of a part of a profile; the page's own script has no such line. */
const PART = '\n<script type="text/x-flambeau-profile"';
const PART_BYTES = Uint8Array.from(PART, (letter) => letter.charCodeAt(0));

/** True for a page that the viewer or `-o x.html` wrote. */
export function isPage(head: Uint8Array): boolean {
  return decodeLatin1(head.subarray(0, GENERATOR_WITHIN)).includes(GENERATOR);
}

/** Values of base64's letters; 64: none. */
const VALUES: Uint8Array = new Uint8Array(256).fill(64);
[..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].forEach((letter, value) => {
  VALUES[letter.charCodeAt(0)] = value;
});

/** The bytes of the first profile in a page: its parts in base64, one after the other. Others get a note. */
export function profileOfPage(source: ByteSource, notes: Notes): ByteSource {
  const parts = new Parts(source, notes);
  return {
    name: source.name?.replace(/\.html?$/i, ""),
    size: undefined,
    read: (target) => parts.read(target),
  };
}

const LESS = 60;
const GREATER = 62;

class Parts {
  readonly #source: ByteSource;
  readonly #notes: Notes;
  readonly #buffer = new Uint8Array(1 << 16);
  #at = 0;
  #end = 0;
  #profiles = 0;
  /** Within the text of a part of the first profile. */
  #inside = false;
  /** Bits of letters that are not yet a byte. */
  #bits = 0;
  #held = 0;

  constructor(source: ByteSource, notes: Notes) {
    this.#source = source;
    this.#notes = notes;
  }

  async read(target: Uint8Array): Promise<number> {
    for (;;) {
      if (this.#inside) {
        const count = this.#decode(target);
        if (count > 0) return count;
        if (!this.#inside) continue;
      } else if (this.#enter()) continue;
      if (!(await this.#more())) return 0;
    }
  }

  /** Decodes what is in the buffer, up to the part's end. */
  #decode(target: Uint8Array): number {
    const buffer = this.#buffer;
    let count = 0;
    while (this.#at < this.#end && count < target.length) {
      const letter = buffer[this.#at]!;
      if (letter === LESS) {
        this.#inside = false;
        this.#bits = 0;
        break;
      }
      this.#at++;
      const value = VALUES[letter]!;
      if (value === 64) continue;
      this.#held = ((this.#held << 6) | value) & 0xffff;
      this.#bits += 6;
      if (this.#bits < 8) continue;
      this.#bits -= 8;
      target[count++] = this.#held >> this.#bits;
    }
    return count;
  }

  /** Goes to the next part of the first profile, if its start tag is in the buffer as a whole. */
  #enter(): boolean {
    const first = PART_BYTES[0]!;
    for (let at = this.#buffer.indexOf(first, this.#at); at >= 0 && at < this.#end; ) {
      this.#at = at;
      if (this.#end - at < PART_BYTES.length) return false;
      if (PART_BYTES.every((letter, i) => this.#buffer[at + i] === letter)) {
        const close = this.#buffer.indexOf(GREATER, at);
        if (close < 0 || close >= this.#end) return false;
        return this.#open(at + PART_BYTES.length, close);
      }
      at = this.#buffer.indexOf(first, at + 1);
    }
    this.#at = this.#end;
    return false;
  }

  /** Passes a start tag, whose attributes lie in `[start, close)`: a name begins a profile. */
  #open(start: number, close: number): boolean {
    this.#at = close + 1;
    const named = decodeLatin1(this.#buffer.subarray(start, close)).includes(" data-name=");
    if (named && ++this.#profiles > 1)
      this.#notes.add("skipped", "page-profiles", "The page holds more profiles; the first was read.");
    this.#inside = this.#profiles === 1;
    return true;
  }

  /** Reads on; what was not used moves to the front. False: the source has ended, or a tag never does. */
  async #more(): Promise<boolean> {
    this.#buffer.copyWithin(0, this.#at, this.#end);
    this.#end -= this.#at;
    this.#at = 0;
    if (this.#end === this.#buffer.length) return false;
    const count = await this.#source.read(this.#buffer.subarray(this.#end));
    this.#end += count;
    return count > 0;
  }
}
