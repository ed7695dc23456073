import { describe, expect, it } from "vitest";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { FrameKind } from "../../index.ts";
import { bpftraceReader } from "./index.ts";

const TWO_STACKS = `Attaching 2 probes...

@[
    irqentry_exit+261
    asm_sysvec_apic_timer_interrupt+22
, 
    leaf(double)+54
    main+102
, w]: 3
@[, 
    leaf(double)+36
    main+102
, w]: 2
`;

describe("bpftrace maps as text", () => {
  it("puts the kernel's stack on top of the program's, and drops offsets", async () => {
    const profile = await readWith(bpftraceReader, TWO_STACKS);
    expect(foldedOf(profile)).toEqual([
      "main;leaf(double) 2",
      "main;leaf(double);asm_sysvec_apic_timer_interrupt;irqentry_exit 3",
    ]);
    expect(profile.threads.map(({ name }) => name)).toEqual(["w"]);
    expect(profile.meta.threadsAreRoots).toBe(true);
    const kinds = [...profile.frames.name].map((name, i) => [
      profile.strings.get(name),
      profile.frames.kind[i],
    ]);
    expect(kinds).toContainEqual(["irqentry_exit", FrameKind.kernel]);
    expect(kinds).toContainEqual(["main", FrameKind.unknown]);
  });

  it("finds the kernel's stack by its root where the script names the program's first", async () => {
    const profile = await readWith(
      bpftraceReader,
      "@[\n    leaf+1\n    main+2\n, \n    schedule+1\n    entry_SYSCALL_64_after_hwframe+46\n]: 7\n",
    );
    expect(foldedOf(profile)).toEqual(["main;leaf;entry_SYSCALL_64_after_hwframe;schedule 7"]);
  });

  it("reads several maps as value types, values of the key as labels", async () => {
    const profile = await readWith(
      bpftraceReader,
      "@oncpu[bash, 12, \n\ta+1\n]: 3\n@offcpu[\n\ta+1\n]: 9\n@plain[bash]: 4\n",
    );
    expect(profile.valueTypes).toEqual([
      { name: "oncpu", unit: "count" },
      { name: "offcpu", unit: "count" },
      { name: "plain", unit: "count" },
    ]);
    expect(foldedOf(profile, 0)).toContain("a 3");
    expect(foldedOf(profile, 1)).toContain("a 9");
    expect(profile.labelSets[1]).toEqual([{ key: "key 1", value: 12 }]);
  });

  it("keeps modules and addresses of mode perf and raw addresses", async () => {
    const profile = await readWith(
      bpftraceReader,
      "@[\n\t55ac6ee2b4a1 0x55ac6ee2b4a1 ([unknown])\n\tffff0001 f+12 (/lib/libc.so.6)\n]: 1\n",
    );
    expect(profile.mappings.map(({ path }) => path)).toEqual(["/lib/libc.so.6"]);
    expect([...profile.frames.address].filter((address) => address !== 0n)).toEqual([0x55ac6ee2b4a1n]);
  });

  it("says what it skipped", async () => {
    const profile = await readWith(
      bpftraceReader,
      "noise\n@[\n    a\n]: 1\n@[\n    b\n]: count 5, average 2\n@[\n    c\n@[\n    d\n]: 2\n@[\n   e\n",
    );
    expect(noteCodes(profile)).toEqual(["no-entry×1", "not-a-number×1", "entry-cut×1", "truncated×1"]);
    expect(foldedOf(profile)).toEqual(["a 1", "d 2"]);
  });

  it("refuses an input without entries", async () => {
    expect((await readingError(bpftraceReader, "Attaching 1 probe...\n")).code).toBe("malformed");
  });
});

describe("bpftrace -f json", () => {
  const line = `{"type": "attached_probes", "data": {"probes": 2}}
{"type": "map", "data": {"@": {"\\n    schedule+1\\n,\\n    leaf+36\\n    main+102\\n,bash": 4, ",\\n    leaf+1\\n    main+3\\n,bash": 5}, "@n": 3}}
{"type": "hist", "data": {"@h": []}}
{"type": "map", "da`;
  it("reads the same keys", async () => {
    const profile = await readWith(bpftraceReader, line);
    expect(foldedOf(profile)).toEqual(["main;leaf 5", "main;leaf;schedule 4"]);
    expect(profile.threads).toEqual([{ name: "bash" }]);
    expect(noteCodes(profile)).toEqual(["not-a-number×1", "bad-json×1"]);
  });
});

it.each([
  ["yes", TWO_STACKS],
  ["yes", '{"type": "attached_probes", "data": {"probes": 2}}\n'],
  ["yes", "@n[bash]: 4\n"],
  ["no", "main;leaf 4\n"],
  ["no", '{"type": "session", "data": 3}'],
])("sniffs %s", (verdict, text) => {
  expect(bpftraceReader.sniff(headOf(text))).toBe(verdict);
});
