import type { Label, Thread } from "../../model/profile.ts";
import type { Fields } from "./fields.ts";

/** A row of version 6's threads: its number, then what is known of it. */
export function threadOf(row: Fields): { readonly index: number; readonly thread: Thread } {
  const index = row.varuint();
  let name = "";
  const ids: { pid?: number; tid?: number } = {};
  while (row.left > 0) {
    const kind = row.u8();
    if (kind === 1) name = row.text8(row.varuint());
    else if (kind === 2) ids.pid = row.varuint();
    else if (kind === 3) ids.tid = row.varuint();
    else if (kind === 4) {
      row.skip(row.varuint());
      row.skip(row.varuint());
    } else break;
  }
  return { index, thread: { name, ...ids } };
}

/** Label lists of version 6, numbered from the block's first number on. */
export function* labelLists(block: Fields): Generator<readonly [id: number, labels: readonly Label[]]> {
  const first = block.u32();
  const count = block.u32();
  for (let i = 0; i < count; i++) {
    const labels: Label[] = [];
    for (let last = false; !last; ) {
      const kind = block.u8();
      last = (kind & 0x80) !== 0;
      const label = labelOf(kind & 0x7f, block);
      if (label !== undefined) labels.push(label);
    }
    yield [first + i, labels];
  }
}

/** Labels that belong to the event's description are passed over. */
function labelOf(kind: number, block: Fields): Label | undefined {
  switch (kind) {
    case 1:
      return { key: "activity", value: block.hex(16) };
    case 2:
      return { key: "related activity", value: block.hex(16) };
    case 3:
      return { key: "trace id", value: block.hex(16) };
    case 4:
      return { key: "span id", value: block.hex(8) };
    case 5: {
      const key = block.text8(block.varuint());
      return { key, value: block.text8(block.varuint()) };
    }
    case 6: {
      const key = block.text8(block.varuint());
      const zigzag = block.varuint();
      return { key, value: zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2 };
    }
    case 8:
      block.skip(8);
      return undefined;
    default:
      block.skip(1);
      return undefined;
  }
}
