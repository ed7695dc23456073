import type { Notes } from "../../model/notes.ts";
import type { JsonReader } from "../json.ts";

/** Reads a list of threads, the next value, each with `parse`; what is no object is left out, with a note. */
export async function parseThreads(
  json: JsonReader,
  notes: Notes,
  parse: () => Promise<void>,
): Promise<void> {
  await json.take(() => json.enterArray());
  while (await json.take(() => json.nextElement())) {
    const { offset } = json;
    if ((await json.take(() => json.peek())) === 0x7b) await parse();
    else {
      await json.skip();
      notes.add("skipped", "no-thread", "An entry of the list of threads is none.", { offset });
    }
  }
}

/** A library's build id: hexadecimal digits, or nothing. */
export function buildIdOf(codeId: string, breakpadId: string): string {
  const id = (codeId || breakpadId).toLowerCase();
  return /^[0-9a-f]*$/.test(id) ? id : "";
}
