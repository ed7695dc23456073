import { describe, expect, it } from "vitest";
import { letters, validated } from "../../../../test/support/letters.ts";
import { nodesOf, soundTree, treeFolded } from "../../../../test/support/trees.ts";
import { ProfileBuilder } from "../model/builder.ts";
import type { Profile } from "../model/profile.ts";
import { buildFlameTree } from "./build-tree.ts";
import { nameFrames } from "./names.ts";

/** Frames of one function at several lines, in two threads with the same name and one without. */
function threaded(): Profile {
  const builder = new ProfileBuilder();
  const type = builder.valueType("samples", "count");
  const name = builder.string("f");
  const main = builder.stack(-1, builder.frameNamed("main"));
  const [one, two] = [1, 2].map((line) => builder.stack(main, builder.frame({ name, line })));
  const web1 = builder.thread({ name: "web", tid: 1 });
  const web2 = builder.thread({ name: "web", tid: 2 });
  builder.sampleOf(one!, type, 1, { thread: web1 });
  builder.sampleOf(two!, type, 2, { thread: web2 });
  builder.sampleOf(-1, type, 4, { thread: web2 });
  builder.sampleOf(main, type, 8, {});
  builder.sampleOf(-1, type, 16, {});
  return validated(builder.finish());
}

describe("buildFlameTree", () => {
  it("takes the stacks as they are where no two frames share a name", () => {
    const profile = letters(`
      A A A B
      B B C .
      D . . .
      = 3 1 2 5
    `);
    const tree = soundTree(buildFlameTree(profile));
    expect(nodesOf(tree)).toEqual([" 0/11", "A 0/6", "A;B 1/4", "A;B;D 3/3", "A;C 2/2", "B 5/5"]);
    expect(tree.unit).toBe("samples");
  });

  it("makes one node of a caller and a name, however the siblings sort", () => {
    const profile = letters(`
      a a   a
      b b-x b
      . .   c
      = 10 5 7
    `);
    const tree = soundTree(buildFlameTree(profile));
    expect(nodesOf(tree)).toEqual([" 0/22", "a 0/22", "a;b 10/17", "a;b-x 5/5", "a;b;c 7/7"]);
  });

  it("merges the lines of a function, and keeps them apart where asked", () => {
    const profile = threaded();
    expect(treeFolded(soundTree(buildFlameTree(profile)))).toEqual([" 20", "main 8", "main;f 3"]);
    const naming = nameFrames(profile, "function+line");
    expect(treeFolded(soundTree(buildFlameTree(profile, { naming })))).toEqual([
      " 20",
      "main 8",
      "main;f (:1) 1",
      "main;f (:2) 2",
    ]);
  });

  it("stands stacks on a root frame per thread label", () => {
    const profile = threaded();
    const byName = buildFlameTree(profile, { threadRoots: (thread) => thread?.name });
    expect(treeFolded(soundTree(byName))).toEqual([" 16", "main 8", "web 4", "web;main;f 3"]);
    const byTid = buildFlameTree(profile, { threadRoots: (thread) => `t-${thread?.tid ?? "?"}` });
    expect(treeFolded(soundTree(byTid))).toEqual([
      "t-1;main;f 1",
      "t-2 4",
      "t-2;main;f 2",
      "t-? 16",
      "t-?;main 8",
    ]);
  });

  it("uses thread names by itself where the profile's users expect them", () => {
    const profile = threaded();
    const roots: Profile = { ...profile, meta: { ...profile.meta, threadsAreRoots: true } };
    expect(treeFolded(buildFlameTree(roots))).toEqual([" 16", "main 8", "web 4", "web;main;f 3"]);
    expect(treeFolded(buildFlameTree(roots, { threadRoots: "none" }))).toEqual([" 20", "main 8", "main;f 3"]);
  });

  it("gives a thread's label the name row of the function of the same name", () => {
    const profile = letters(`
      A B
      B .
    `);
    const samples = { ...profile.samples, thread: Int32Array.of(-1, 0) };
    const withThread = validated({ ...profile, samples, threads: [{ name: "A" }] });
    const tree = soundTree(buildFlameTree(withThread, { threadRoots: (thread) => thread?.name }));
    expect(nodesOf(tree)).toEqual([" 0/2", "A 0/2", "A;B 2/2"]);
  });

  it("leaves samples out that the caller switches off", () => {
    const profile = letters(`
      A A
      B C
    `);
    const tree = buildFlameTree(profile, { keep: Uint8Array.of(1, 0) });
    expect(treeFolded(tree)).toEqual(["A;B 1"]);
  });

  it("carries both sides of a differential", () => {
    const builder = new ProfileBuilder();
    const base = builder.valueType("samples (base)", "count");
    const head = builder.valueType("samples (head)", "count");
    builder.meta.differential = { base, head };
    const root = builder.stack(-1, builder.frameNamed("a"));
    builder.sample(builder.stack(root, builder.frameNamed("gone")), [4, 0]);
    builder.sample(builder.stack(root, builder.frameNamed("new")), [0, 3]);
    const profile = validated(builder.finish());
    const both = soundTree(buildFlameTree(profile));
    expect(nodesOf(both)).toEqual([" 0/7", "a 0/7", "a;gone 4/4", "a;new 3/3"]);
    expect([...both.sides!.base.total]).toEqual([4, 4, 4, 0]);
    expect([...both.sides!.head.total]).toEqual([3, 3, 0, 3]);
    expect(both.unit).toBe("samples");
    expect(nodesOf(buildFlameTree(profile, { side: "head" }))).toEqual([
      " 0/3",
      "a 0/3",
      "a;gone 0/0",
      "a;new 3/3",
    ]);
    expect(buildFlameTree(profile, { valueType: base }).sides).toBeUndefined();
  });

  it("draws an empty profile as a root without weight", () => {
    const tree = soundTree(buildFlameTree(validated(new ProfileBuilder().finish())));
    expect(nodesOf(tree)).toEqual([" 0/0"]);
  });

  it("sums weights below zero", () => {
    const profile = letters(`
      a a
      b c
      = -3 1
    `);
    expect(nodesOf(buildFlameTree(profile))).toEqual([" 0/-2", "a 0/-2", "a;b -3/-3", "a;c 1/1"]);
  });
});
