import { FlambeauError, type Profile, ProfileBuilder } from "@flambeau/core";

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SEMICOLON = 0x3b;

/** Pyroscope's format `lines`: every line is one sample, a stack with `;` between its frames, and no count. */
export function readLines(bytes: Uint8Array): Profile {
  const builder = new ProfileBuilder("merged");
  builder.meta.format = "pyroscope-lines";
  const type = builder.valueType("samples", "count");
  let at = 0;
  while (at < bytes.length) {
    const newline = bytes.indexOf(NEWLINE, at);
    const next = newline < 0 ? bytes.length : newline;
    const end = next > at && bytes[next - 1] === RETURN ? next - 1 : next;
    if (end > at) builder.sampleOf(addStack(builder, bytes, at, end), type, 1);
    at = next + 1;
  }
  if (builder.sampleCount === 0) {
    throw new FlambeauError("empty-input", "there is no line with a stack", { format: "lines" });
  }
  return builder.finish();
}

function addStack(builder: ProfileBuilder, bytes: Uint8Array, start: number, end: number): number {
  let stack = -1;
  let at = start;
  while (at <= end) {
    let next = bytes.indexOf(SEMICOLON, at);
    if (next < 0 || next > end) next = end;
    if (next > at) {
      stack = builder.stack(stack, builder.frame({ name: builder.stringBytes(bytes, at, next) }));
    }
    at = next + 1;
  }
  return stack;
}
