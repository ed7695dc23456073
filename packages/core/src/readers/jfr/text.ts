import { grown } from "../../util/growable.ts";
import { encodeUtf8 } from "../../util/platform.ts";

/** A name being put together, as UTF-8. */
export class Text {
  bytes: Uint8Array = new Uint8Array(256);
  length = 0;

  add(from: Uint8Array, start: number, end: number): void {
    const at = this.length;
    this.length += end - start;
    if (this.length > this.bytes.length) this.bytes = grown(this.bytes, this.length);
    const { bytes } = this;
    // Names are short: a call that copies costs more than a loop.
    for (let i = start, to = at; i < end; i++) bytes[to++] = from[i]!;
  }

  /** One ASCII character. */
  addCode(code: number): void {
    if (this.length === this.bytes.length) this.bytes = grown(this.bytes, this.length + 1);
    this.bytes[this.length++] = code;
  }

  addText(text: string): void {
    if (text === "") return;
    const bytes = encodeUtf8(text);
    this.add(bytes, 0, bytes.length);
  }

  /** True where it is this ASCII text. */
  is(text: string): boolean {
    if (this.length !== text.length) return false;
    for (let i = 0; i < text.length; i++) if (this.bytes[i] !== text.charCodeAt(i)) return false;
    return true;
  }
}
