import { JsonKeys, type JsonReader } from "../../codec/json.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import { FrameKind } from "../../model/profile.ts";

const FRAME = new JsonKeys("display_name", "filename_or_module", "kind", "line", "ip");

/**
 * Reads `combined_stacks` of scalene 2: stacks from root to leaf, Python's frames and below them the native ones, with
 * the number of samples. The bytes after `[` of the list are next.
 *
 * ```
 * [[{"display_name": "hot", "filename_or_module": "/app/w.py", "ip": null, "kind": "py", "line": 4}, …], 41]
 * ```
 */
export async function readStacks(json: JsonReader, into: ProfileBuilder): Promise<void> {
  // Each element of the list is a list of two.
  await list(json, async () => {
    if ((await json.take(() => json.peek())) !== 0x5b) return json.skip();
    let stack = -1;
    let part = 0;
    let count = 0;
    await list(json, async () => {
      const isList = (await json.take(() => json.peek())) === 0x5b;
      if (part === 0 && isList) {
        await list(json, async () => {
          stack = into.stack(stack, await readFrame(json, into));
        });
      } else if (part === 1 && !isList) count = await json.take(() => json.numberOr(0));
      else await json.skip();
      part++;
    });
    if (count > 0) into.sampleOf(stack, into.valueType("samples", "count"), count);
  });
}

async function readFrame(json: JsonReader, into: ProfileBuilder): Promise<number> {
  let [name, file, kind, line, address] = ["", "", "", 0, 0];
  if ((await json.take(() => json.peek())) !== 0x7b) {
    await json.skip();
    return into.frameNamed("[unknown]");
  }
  await json.take(() => json.enterObject());
  for (;;) {
    const key = await json.take(() => json.nextKey(FRAME));
    if (key === undefined) break;
    if (key === "display_name") name = await json.take(() => json.textOr(""));
    else if (key === "filename_or_module") file = await json.take(() => json.textOr(""));
    else if (key === "kind") kind = await json.take(() => json.textOr(""));
    else if (key === "line") line = await json.take(() => json.numberOr(0));
    else if (key === "ip") address = await json.take(() => json.numberOr(0));
    else await json.skip();
  }
  if (kind === "py") {
    const known = Number.isSafeInteger(line) && line > 0 && line < 1 << 30;
    return into.frame({
      name: into.string(name === "" ? "[unknown]" : name),
      file: into.string(file),
      line: known ? line : 0,
    });
  }
  const placed = Number.isSafeInteger(address) && address > 0;
  return into.frame({
    name: name === "" && placed ? 0 : into.string(name === "" ? "[unknown]" : name),
    mapping: file === "" ? -1 : into.mapping({ path: file }),
    address: placed ? BigInt(address) : 0n,
    kind: FrameKind.native,
  });
}

async function list(json: JsonReader, element: () => Promise<void>): Promise<void> {
  await json.take(() => json.enterArray());
  while (await json.take(() => json.nextElement())) await element();
}
