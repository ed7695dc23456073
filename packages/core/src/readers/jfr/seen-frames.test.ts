import { expect, it } from "vitest";
import { seeded } from "../../../../../test/support/reading.ts";
import { JfrBytes } from "./bytes.ts";
import { SeenFrames } from "./seen-frames.ts";

it("knows frames by four numbers of twelve bytes at most, and where they end", () => {
  const random = seeded(5);
  const bytes: number[] = [];
  const frames = Array.from({ length: 4000 }, () => {
    const at = bytes.length;
    for (let field = 0; field < 4; field++) {
      // Few distinct values, of one to five bytes.
      let value = 2 ** Math.floor(random() * 33) + Math.floor(random() * 2);
      for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
      bytes.push(value);
    }
    return { at, end: bytes.length };
  });
  const input = new JfrBytes(Uint8Array.from([...bytes, ...new Uint8Array(12)]), 0, true);
  const seen = new SeenFrames();
  const rows = new Map<string, number>();
  let found = 0;
  for (const { at, end } of [...frames, ...frames]) {
    const key = bytes.slice(at, end).join();
    input.at = at;
    const row = seen.next(input);
    expect(row).toBe(end - at > 12 ? -1 : (rows.get(key) ?? -1));
    expect(input.at).toBe(row < 0 ? at : end);
    if (row >= 0) found++;
    else {
      rows.set(key, rows.get(key) ?? rows.size);
      seen.add(rows.get(key)!, end);
    }
  }
  expect(found).toBeGreaterThan(2000);
  const [first] = frames;
  seen.clear();
  input.at = first!.at;
  expect(seen.next(input)).toBe(-1);
});
