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
  if ((await json.take(() => json.peek())) !== 0x7b) {
    await json.skip();
    return into.frameNamed("[unknown]");
  }
  const { kind, ...place } = await json.take(() => fieldsOf(json));
  return kind === "py" ? pythonFrame(place, into) : nativeFrame(place, into);
}

interface Place {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly address: number;
}

function fieldsOf(json: JsonReader): Place & { readonly kind: string } {
  let [name, file, kind, line, address] = ["", "", "", 0, 0];
  json.enterObject();
  for (let key = json.nextKey(FRAME); key !== undefined; key = json.nextKey(FRAME)) {
    if (key === "display_name") name = json.textOr("");
    else if (key === "filename_or_module") file = json.textOr("");
    else if (key === "kind") kind = json.textOr("");
    else if (key === "line") line = json.numberOr(0);
    else if (key === "ip") address = json.numberOr(0);
    else json.skipValue();
  }
  return { name, file, kind, line, address };
}

function pythonFrame({ name, file, line }: Place, into: ProfileBuilder): number {
  const known = Number.isSafeInteger(line) && line > 0 && line < 1 << 30;
  return into.frame({
    name: into.string(name === "" ? "[unknown]" : name),
    file: into.string(file),
    line: known ? line : 0,
  });
}

function nativeFrame({ name, file, address }: Place, into: ProfileBuilder): number {
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
