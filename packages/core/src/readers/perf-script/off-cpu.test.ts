import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { corpusRoot, haveCorpus } from "../../../../../test/support/corpus.ts";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readWith } from "../../../../../test/support/reading.ts";
import { ProfileBuilder, type SampleMode } from "../../model/builder.ts";
import type { Profile } from "../../model/profile.ts";
import { perfScriptReader } from "./index.ts";

const read = (text: string, mode?: SampleMode): Promise<Profile> => readWith(perfScriptReader, text, mode);

/** An event line and its stack, leaf first. */
function event(task: string, time: string, rest: string, ...stack: string[]): string {
  const frames = stack.map((name) => `\tffff ${name}+0x1 (/app)\n`).join("");
  return `${task} [000] ${time}: ${rest}\n${frames}\n`;
}

const away = (from: string, to: string): string =>
  `sched:sched_switch: prev_comm=a b prev_pid=${from} prev_prio=120 prev_state=S ==> next_comm=c d next_pid=${to} next_prio=120`;

function offCpu(profile: Profile): string[] {
  const type = profile.valueTypes.findIndex(({ name }) => name === "off-cpu");
  expect(profile.valueTypes[type]?.unit).toBe("nanoseconds");
  return foldedOf(profile, type).filter((line) => !line.endsWith(" 0"));
}

describe("time off the CPU", () => {
  it.each(["each", "merged"] as const)("lasts until the thread is switched to (%s)", async (mode) => {
    const profile = await read(
      event("app 7", "1.000100", away("7", "0"), "wait", "main") +
        event("swapper 0", "1.000400", away("0", "8"), "idle") +
        event("other 8", "1.005000", away("8", "7"), "poll", "main") +
        event("app 7", "1.006000", away("7", "8"), "wait", "main"),
      mode,
    );
    // 7: 1.0001 → 1.005; 8: 1.005 → 1.006; 7 does not come back after that; the idle task does not wait.
    expect(offCpu(profile)).toEqual(["main;poll 1000000", "main;wait 4900000"]);
    expect(noteCodes(profile)).toContain("off-cpu-unknown×1");
    expect(profile.valueTypes[profile.meta.defaultValueType]!.name).toBe("off-cpu");
    expect(profile.meta.observations).toBe(4);
  });

  it("ends with the waking where the thread was not seen to run again", async () => {
    const profile = await read(
      event("app 7", "1.000", away("7", "0"), "wait") +
        event("x 8", "1.002", "sched:sched_wakeup: comm=app pid=7 prio=120 target_cpu=000", "wake") +
        event("x 8", "1.003", "sched:sched_wakeup: comm=app pid=7 prio=120 target_cpu=000", "wake"),
    );
    expect(offCpu(profile)).toEqual(["wait 2000000"]);
    expect(noteCodes(profile)).toContain("off-cpu-until-woken×1");
  });

  it("goes on after the waking until the thread runs", async () => {
    const profile = await read(
      event("app 7", "1.000", away("7", "0"), "wait") +
        event("x 8", "1.002", "sched:sched_waking: comm=app pid=7 prio=120 target_cpu=000", "wake") +
        event("x 0", "1.003", away("0", "7"), "idle"),
    );
    expect(offCpu(profile)).toEqual(["wait 3000000"]);
    expect(noteCodes(profile)).not.toContain("off-cpu-until-woken×1");
  });

  it("is what sched_stat says, where nothing else does", async () => {
    const profile = await read(
      event("app 7", "1.000", away("7", "0"), "wait") +
        event("swapper 0", "1.100", "sched:sched_stat_sleep: comm=app pid=7 delay=90000000 [ns]", "idle") +
        event("swapper 0", "1.100", "sched:sched_stat_blocked: comm=app pid=7 delay=5 [ns]", "idle"),
    );
    expect(offCpu(profile)).toEqual(["wait 90000000"]);
  });

  it("reads the words of perf's plugin, too", async () => {
    const text =
      event("app 7", "1.000", "sched:sched_switch: app x:7 [120] S ==> swapper/0:0 [120]", "wait") +
      event("swapper 0", "1.001", "sched:sched_switch: swapper/0:0 [120] R ==> app x:7 [120]", "idle");
    expect(offCpu(await read(text))).toEqual(["wait 1000000"]);
  });

  it("stands beside the amounts of other events, which stay the default where they come first", async () => {
    const profile = await read(
      event("app 7", "0.900", "1000 cycles:", "spin") +
        event("app 7", "1.000", away("7", "0"), "wait") +
        event("app 0", "1.001", away("0", "7"), "idle"),
    );
    expect(profile.valueTypes.map(({ name }) => name)).toEqual([
      "cycles samples",
      "cycles",
      "sched:sched_switch samples",
      "off-cpu",
    ]);
    expect(profile.meta.defaultValueType).toBe(1);
    expect(offCpu(profile)).toEqual(["wait 1000000"]);
  });

  it("is not there where no thread comes back, and the notes say so", async () => {
    const profile = await read(event("app 7", "1.000", away("7", "0"), "wait"));
    expect(profile.valueTypes.map(({ name }) => name)).toEqual(["samples"]);
    expect(noteCodes(profile)).toContain("off-cpu-unknown×1");
  });

  it("does not run backwards, and needs times and arguments", async () => {
    const backwards = await read(
      event("app 7", "2.000", away("7", "0"), "wait") + event("app 0", "1.000", away("0", "7"), "idle"),
    );
    expect(backwards.valueTypes).toHaveLength(1);
    const bare = await read(
      event("app 7", "2.000", `${away("7", "0")}`, "wait") +
        event("app 0", "2.001", "sched:sched_switch:", "idle"),
    );
    expect(bare.valueTypes).toHaveLength(1);
  });

  it("counts perf inject -s and sched_stat in nanoseconds", async () => {
    const profile = await read(event("app 7", "1.0000", "5000 sched:sched_stat_sleep:", "wait"));
    expect(profile.valueTypes[1]).toEqual({ name: "sched:sched_stat_sleep", unit: "nanoseconds" });
  });

  it("is found by one reader from front to back", () => {
    const head = headOf(event("app 7", "1.000", away("7", "0"), "wait"));
    expect(perfScriptReader.parts!.task(head, "merged", {})).toBeUndefined();
  });

  it("does not depend on how the bytes come", async () => {
    const path = new URL("../../../../../fixtures/perf-script/sched-switch.txt", import.meta.url);
    const text = `${readFileSync(path, "utf8")}\n${event("swapper 0", "2893.500", away("0", "25041"), "idle")}`;
    const once = await read(text);
    expect(offCpu(once).length).toBeGreaterThan(0);
    const bytes = new TextEncoder().encode(text);

    const builder = new ProfileBuilder();
    let at = 0;
    await perfScriptReader.read(
      {
        name: undefined,
        size: undefined,
        read(target) {
          const piece = bytes.subarray(at, at + Math.min(target.length, 1 + (at % 97)));
          target.set(piece);
          at += piece.length;
          return Promise.resolve(piece.length);
        },
      },
      builder,
      builder.notes,
      {},
    );
    expect(offCpu(builder.finish())).toEqual(offCpu(once));
  });

  it("survives three thousand mutations", async () => {
    const text =
      event("app 7", "1.000100", away("7", "0"), "wait", "main") +
      event("x 8", "1.002", "sched:sched_wakeup: comm=app pid=7 prio=120 target_cpu=000", "wake") +
      event("swapper 0", "1.000400", away("0", "7"), "idle");
    const bytes = new TextEncoder().encode(text);
    expect(await readMutations(perfScriptReader, bytes, 3000)).toBeGreaterThan(500);
  });
});

describe.skipIf(!haveCorpus)("the corpus", () => {
  it("waits as long as perf sched timehist says", async () => {
    const path = `${corpusRoot}/perf-data/generated__here__perf-offcpu.data.expected.perf-script.txt`;
    const profile = await readWith(perfScriptReader, readFileSync(path));
    const weights = profile.samples.weights[profile.meta.defaultValueType]!;
    // Column "wait time" of perf 6.1, in milliseconds, in the order in which the threads come back.
    const expected = [3.99, 3.991, 3.99, 4.01, 3.993, 3.994];
    const waits = [...weights].filter((weight) => weight > 0).map((weight) => weight / 1e6);
    expect(waits).toHaveLength(expected.length);
    waits.forEach((wait, i) => {
      expect(Math.abs(wait - expected[i]!)).toBeLessThan(0.002);
    });
  });

  it("sees the threads of a whole machine come back", async () => {
    const path = `${corpusRoot}/perf-script/generated__here__perf-sched.script.txt`;
    const profile = await readWith(perfScriptReader, readFileSync(path));
    const weights = profile.samples.weights[profile.meta.defaultValueType]!;
    expect(weights.filter((weight) => weight > 0).length).toBeGreaterThan(60);
    const duration = profile.meta.duration!;
    for (const weight of weights) expect(weight).toBeLessThanOrEqual(duration);
  });
});
