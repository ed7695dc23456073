import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldedOf, letters } from "../../../../../test/support/letters.ts";
import { readWith } from "../../../../../test/support/reading.ts";
import { ProfileBuilder } from "../../model/builder.ts";
import type { Profile } from "../../model/profile.ts";
import { foldedReader } from "../../readers/folded/index.ts";
import { perfScriptReader } from "../../readers/perf-script/index.ts";
import { MemorySink } from "../../util/sink.ts";
import { type FoldedOptions, foldedWriter, formatWeight } from "./index.ts";
import { tidyName } from "./tidy.ts";

async function write(profile: Profile, options: FoldedOptions = {}): Promise<string[]> {
  const sink = new MemorySink();
  await foldedWriter.write(profile, sink, options);
  return Buffer.from(sink.bytes()).toString("utf8").split("\n").slice(0, -1);
}

const JAVA = `java 10/11 1.000000: 5 cycles:
\tffffffff81 tcp_sendmsg+0x1f ([kernel.kallsyms])
\t7f01 Lorg/x/Y;::run->Lorg/x/Z;::go (/tmp/perf-10.map)
\t7f02 [unknown] (/usr/lib/jvm/libjvm.so)
\t7f03 JavaThread::run(Thread*) (/usr/lib/jvm/libjvm.so)

V8 Worker 12/13 2.000000: 7 cycles:

`;

describe("folded output", () => {
  it("sorts siblings by name, one line a stack, and leaves out what weighs nothing", async () => {
    const profile = letters(`
      a a a b
      c b b a
      d . e .
      = 1 2 0 4
    `);
    expect(await write(profile)).toEqual(["a;b 2", "a;c;d 1", "b;a 4"]);
  });

  it("names perf's threads and frames as stackcollapse-perf.pl does", async () => {
    const profile = await readWith(perfScriptReader, JAVA, "merged");
    expect(await write(profile)).toEqual([
      "V8_Worker 7",
      "java;JavaThread::run;[libjvm.so];org/x/Y:::run;org/x/Z:::go_[i];tcp_sendmsg 5",
    ]);
    expect(await write(profile, { thread: "tid", kernel: true, jit: true, addresses: true })).toEqual([
      "V8_Worker-12/13 7",
      "java-10/11;JavaThread::run;[libjvm.so <7f02>];org/x/Y:::run_[j];org/x/Z:::go_[i];tcp_sendmsg_[k] 5",
    ]);
    expect((await write(profile, { thread: "pid" }))[0]).toBe("V8_Worker-12 7");
    expect((await write(profile, { thread: "none", valueType: 0 }))[0]).toMatch(/^JavaThread::run;/);
  });

  it("merges frames that read the same when tidied", async () => {
    const text = "w 1 1.000000: 1 cycles:\n\t1 f(int) (/w)\n\nw 1 1.000000: 2 cycles:\n\t2 f(char) (/w)\n\n";
    const profile = await readWith(perfScriptReader, text, "merged");
    expect(await write(profile)).toEqual(["w;f 3"]);
    expect(await write(profile, { tidy: false })).toEqual(["w;f(char) 2", "w;f(int) 1"]);
  });

  it("puts source lines behind names where that is asked for", async () => {
    const profile = await readWith(
      perfScriptReader,
      "w 1 1.000000: 1 cycles:\n\t1 f(int) (/w)\n  w.c:3\n\n",
      "merged",
    );
    expect(await write(profile, { lines: true })).toEqual(["w;f:w.c:3 1"]);
  });

  it("keeps annotations and comparisons as they came", async () => {
    const lines = ["a_[k];b 1 2", "a_[k];c_[i] 0 3"];
    expect(await write(await readWith(foldedReader, lines.join("\n"), "merged"))).toEqual(lines);
  });

  it("never lets a name make another stack or line of it", async () => {
    const profile = letters("a;b c\nx y");
    expect(await write(profile)).toEqual(["a:b;x 1", "c;y 1"]);
  });

  it("reads back what it wrote", async () => {
    const name = fc.stringMatching(/^[a-z<>&'"é ]{1,6}$/).map((text) => `n${text.trim()}`);
    const stack = fc.tuple(fc.array(name, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 1e9 }));
    await fc.assert(
      fc.asyncProperty(fc.array(stack, { minLength: 1, maxLength: 30 }), async (stacks) => {
        const text = stacks.map(([frames, weight]) => `${frames.join(";")} ${weight}`).join("\n");
        const profile = await readWith(foldedReader, text, "merged");
        const again = await readWith(foldedReader, (await write(profile)).join("\n"), "merged");
        expect(foldedOf(again)).toEqual(foldedOf(profile));
      }),
      { numRuns: 200, seed: 5 },
    );
  });

  it("writes a stack of 100,000 frames and lines longer than any buffer", async () => {
    const deep = Array.from({ length: 100_000 }, (_, i) => `frame_number_${i}`).join(";");
    expect(await write(await readWith(foldedReader, `${deep} 7\n`, "merged"))).toEqual([`${deep} 7`]);
  });

  it("says what it leaves out because it has no frame", async () => {
    const builder = new ProfileBuilder();
    const wall = builder.valueType("wall", "nanoseconds");
    builder.sampleOf(builder.stack(-1, builder.frameNamed("a")), wall, 5e9);
    builder.sampleOf(-1, wall, 2e9);
    expect(await foldedWriter.write(builder.finish(), new MemorySink(), {})).toEqual([
      "folded stacks have no line for samples without frames: 2 s left out",
    ]);
  });

  it("says what folded stacks cannot hold", async () => {
    const profile = await readWith(perfScriptReader, JAVA, "each");
    const losses = await foldedWriter.write(profile, new MemorySink(), {});
    expect(losses).toEqual([
      "folded stacks hold one value type: cycles was written, not samples",
      "folded stacks have no times",
    ]);
  });
});

describe("weights as text", () => {
  it.each([
    [12, "12"],
    [1.5, "1.5"],
    [-3, "-3"],
    [1e21, "1000000000000000000000"],
    [1e-7, "0.0000001"],
  ])("%d is %s", (weight, text) => {
    expect(formatWeight(weight)).toBe(text);
  });
});

describe("tidied names", () => {
  it.each([
    ["JavaThread::run(Thread*)", "JavaThread::run"],
    ["foo<void (int)>::bar(int)", "foo<void (int)>::bar"],
    ["net/http.(*Client).Do", "net/http.(*Client).Do"],
    ["(anonymous namespace)::f(int)", "(anonymous namespace)::f"],
    ["a::(anonymous namespace)::f(int)", "a::(anonymous namespace)::f"],
    ["std::default_delete<E>::operator()(E*) const", "std::default_delete<E>::operator()"],
    ["std::ostream& operator<<(std::ostream&, int)", "std::ostream& operator<<"],
    ["P::operator->(int)", "P::operator->"],
    ["f{lambda(int)#1}::g(int)", "f{lambda(int)#1}::g"],
    ["Lorg/mozilla/MemberBox;.<init>(Ljava/lang/reflect/Method;)V", "org/mozilla/MemberBox:.<init>"],
    ["RegExp:[&<>\"']", "RegExp:[&<>\"']"],
    ["List", "List"],
  ])("%s is %s", (name, tidied) => {
    expect(tidyName(name)).toBe(tidied);
  });
});
