import { describe, expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { FrameKind } from "../../index.ts";
import { bccReader } from "./index.ts";

const OFF_CPU = `Tracing off-CPU time (us) of PID 4242 by user + kernel stack... Hit Ctrl-C to end.
^C
    finish_task_switch
    schedule
    --
    b'nanosleep'
    main
    -                bash (4242)
        13

    ffffffff810fb371 schedule
    ret_from_fork
    -                rcuos/0 (22)
        7
`;

describe("bcc's blocks", () => {
  it("reads off-CPU time: nanoseconds, threads, the kernel's frames above the delimiter", async () => {
    const profile = await readWith(bccReader, OFF_CPU);
    expect(profile.valueTypes).toEqual([{ name: "off-cpu", unit: "nanoseconds" }]);
    expect(foldedOf(profile)).toEqual([
      "main;nanosleep;schedule;finish_task_switch 13000",
      "ret_from_fork;schedule 7000",
    ]);
    expect(profile.threads).toEqual([
      { name: "bash", pid: 4242 },
      { name: "rcuos/0", pid: 22 },
    ]);
    const kernel = [...profile.frames.kind].map((kind, i) => [
      profile.strings.get(profile.frames.name[i]!),
      kind,
    ]);
    expect(kernel).toContainEqual(["finish_task_switch", FrameKind.kernel]);
    expect(kernel).toContainEqual(["nanosleep", FrameKind.unknown]);
    expect(profile.notes).toEqual([]);
  });

  it("reads offwaketime: the waker's stack stands on the target's", async () => {
    const profile = await readWith(
      bccReader,
      `Tracing blocked time (us) by user + kernel off-CPU and waker stack... Hit Ctrl-C to end.
    waker:           Xorg 77
    w_root
    w_leaf
    --               --
    schedule
    t_root
    target:          vmstat 88
        5
`,
    );
    expect(foldedOf(profile)).toEqual(["t_root;schedule;w_leaf;w_root;Xorg 77 5000"]);
    expect(profile.threads).toEqual([{ name: "vmstat", pid: 88 }]);
    expect([...profile.frames.kind].filter((kind) => kind === FrameKind.waker)).toHaveLength(3);
  });

  it("reads wakeuptime and stackcount", async () => {
    const wakeup =
      "Tracing blocked time (us) by kernel stack... Hit Ctrl-C to end.\n    target:          vmstat\n    ep_poll\n    waker:           swapper/1\n        4\n";
    const profile = await readWith(bccReader, wakeup);
    expect(foldedOf(profile)).toEqual(["ep_poll;vmstat 4000"]);
    expect(profile.threads).toEqual([{ name: "swapper/1" }]);
    const calls = await readWith(
      bccReader,
      'Tracing 1 functions for "submit_bio"... Hit Ctrl-C to end.\n^C\n  submit_bio\n  kthread\n    dd [12]\n    38\n',
    );
    expect(foldedOf(calls)).toEqual(["kthread;submit_bio 38"]);
    expect(calls.valueTypes).toEqual([{ name: "calls", unit: "count" }]);
  });

  it("skips what is no stack, and says so", async () => {
    const profile = await readWith(bccReader, `Demonstration\n${OFF_CPU}\n    cut\n    here`);
    expect(noteCodes(profile)).toEqual(["no-stack×1", "truncated×1"]);
    const stray = await readWith(bccReader, `${OFF_CPU}\n    prose\n\n        9\n`);
    expect(noteCodes(stray)).toEqual(["no-stack×1", "no-stack-above×1"]);
  });

  it("refuses an input without stacks", async () => {
    expect((await readingError(bccReader, "Sampling at 49 Hertz of all threads\n")).code).toBe("malformed");
  });
});

it("knows its inputs by the line the tools begin with", () => {
  expect(bccReader.sniff(headOf(OFF_CPU))).toBe("yes");
  expect(bccReader.sniff(headOf("main;leaf 4\n"))).toBe("no");
});

it("reads or refuses mutations", async () => {
  expect(await readMutations(bccReader, bytesOf(OFF_CPU), 3000)).toBeGreaterThan(0);
});
