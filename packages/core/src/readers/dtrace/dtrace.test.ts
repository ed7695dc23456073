import { describe, expect, it } from "vitest";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { FrameKind } from "../../index.ts";
import { dtraceReader } from "./index.ts";

const STACKS = `CPU     ID                    FUNCTION:NAME
  0  64091                        :tick-60s 


              genunix\`fop_open+0x1f
              unix\`sys_syscall+0x17a

              libc.so.1\`__open(char const*, int)+0xa
              prog\`main
                1

              0xfffffffffb8001d6
              unix\`0xfffffffffb8001d7
               20
`;

describe("DTrace stacks", () => {
  it("reads blocks leaf first; offsets go, modules become mappings", async () => {
    const profile = await readWith(dtraceReader, STACKS);
    expect(foldedOf(profile)).toEqual(["; 20", "main;__open(char const*, int);sys_syscall;fop_open 1"]);
    expect(profile.mappings.map(({ path }) => path)).toEqual(["genunix", "unix", "libc.so.1", "prog"]);
    const kinds = [...profile.frames.kind].map((kind, i) => [
      profile.strings.get(profile.frames.name[i]!),
      kind,
    ]);
    expect(kinds).toContainEqual(["fop_open", FrameKind.kernel]);
    expect(kinds).toContainEqual(["main", FrameKind.unknown]);
    expect([...profile.frames.address]).toContain(0xfffffffffb8001d6n);
    expect(profile.notes).toEqual([]);
  });

  it("takes a key of less indentation for the thread", async () => {
    const profile = await readWith(
      dtraceReader,
      "  nginx      \n              a`f+0x1\n              a`g\n                3\n",
    );
    expect(foldedOf(profile)).toEqual(["g;f 3"]);
    expect(profile.threads).toEqual([{ name: "nginx" }]);
  });

  it("unfolds inlined frames and repairs Rust names", async () => {
    const profile = await readWith(
      dtraceReader,
      "              Lcom/A;::a->Lcom/B;::b+0x4\n              rg`_$LT$F$GT$::call_box::h8612a2a83552fc2d+0xa5\n                3\n",
    );
    expect(foldedOf(profile)).toEqual(["<F>::call_box;com/A;::a;com/B;::b 3"]);
    expect([...profile.frames.inlined]).toContain(1);
  });

  it("keeps what was read of a truncated file", async () => {
    const profile = await readWith(dtraceReader, `${STACKS}\n              a\`b\n`);
    expect(noteCodes(profile)).toEqual(["truncated×1"]);
    const stray = await readWith(dtraceReader, `${STACKS}\n   5\n`);
    expect(noteCodes(stray)).toEqual(["no-stack-above×1"]);
  });

  it("refuses a file with nothing but a header", async () => {
    const error = await readingError(dtraceReader, STACKS.split("\n").slice(0, 3).join("\n"));
    expect([error.code, error.line]).toEqual(["malformed", 2]);
  });

  it("knows its inputs with and without header", () => {
    expect(dtraceReader.sniff(headOf(STACKS))).toBe("yes");
    expect(dtraceReader.sniff(headOf(STACKS.split("\n").slice(3).join("\n")))).toBe("yes");
    expect(dtraceReader.sniff(headOf("  a`b\n"))).toBe("no");
    expect(dtraceReader.sniff(headOf("main;leaf`x 4\n"))).toBe("no");
  });
});
