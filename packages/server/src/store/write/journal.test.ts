import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pushed, scratchFolder } from "../../../../../test/support/store.ts";
import { Encoder } from "./encoder.ts";
import { Journal, type JournalLimits } from "./journal.ts";
import { type JournalFile, readJournal } from "./journal-file.ts";
import { firstGroup, fixGroup, leftGroups, removeGroup } from "./load-group.ts";

let folder: Awaited<ReturnType<typeof scratchFolder>>;
let log: string[];
let files: JournalFile[];
let lost: number;
beforeEach(async () => {
  folder = await scratchFolder();
  log = [];
  files = [];
  lost = 0;
});
afterEach(() => folder.remove());

const LIMITS: JournalLimits = {
  commitInterval: 5,
  commitBytes: 1 << 20,
  commitRows: 1e6,
  bound: 1 << 20,
  reserve: 0,
};

const open = (limits: Partial<JournalLimits> = {}): Promise<Journal> =>
  Journal.open(
    folder.path,
    { ...LIMITS, ...limits },
    (_, message, fields) => log.push(`${message} ${fields?.reason ?? ""}`),
    (file) => files.push(file),
    () => lost++,
  );

const encoder = (): ((journal: Journal, service?: string) => Promise<void>) => {
  const rows = new Encoder();
  return (journal, service_name = "shop") =>
    journal.append((batch) => rows.add(batch, pushed({ service_name }, "A A\nB ."), 30));
};

/** What is known of a file that an earlier process wrote: not what its samples are of. */
function asFound({ written: _, ...file }: JournalFile): JournalFile {
  return file;
}

describe("the journal", () => {
  it("writes what comes together into one file, and hands it on", async () => {
    const journal = await open();
    const write = encoder();
    await Promise.all([write(journal), write(journal, "bank")]);
    expect(files.map(({ samples }) => samples)).toEqual([4]);
    expect(files[0]!.sections.map(({ kind, rows }) => [kind, rows])).toEqual([
      ["series", 2],
      ["stacks", 4],
      ["frames", 2],
      ["samples", 2],
    ]);
    expect(journal.state()).toMatchObject({ files: 1, rows: 4, bytes: files[0]!.bytes });
    journal.forget(files[0]!);
    expect(journal.state()).toEqual({ files: 0, rows: 0, bytes: 0, oldest: 0 });
    await journal.close();
    await expect(write(journal)).rejects.toMatchObject({ code: "closed" });
  });

  it("finds its files again, under the same tokens", async () => {
    const journal = await open();
    const write = encoder();
    for (let i = 0; i < 3; i++) await write(journal);
    await journal.close();
    const before = files.map(asFound);
    files = [];
    await open();
    expect(files).toEqual(before);
    expect(new Set(files.map(({ token }) => token)).size).toBe(3);
  });

  it("sets aside what is torn or garbled, removes what was never acknowledged, and says so", async () => {
    const journal = await open();
    const write = encoder();
    for (let i = 0; i < 3; i++) await write(journal);
    await journal.close();
    const [first, second, third] = files;
    const bytes = await readFile(second!.path);
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(second!.path, bytes);
    await writeFile(third!.path, (await readFile(third!.path)).subarray(0, -1));
    await writeFile(join(folder.path, "000000000099.part"), "half");
    await writeFile(join(folder.path, "000000000007.journal"), "");
    files = [];
    await open();
    expect(files).toEqual([asFound(first!)]);
    expect(await readdir(join(folder.path, "set-aside"))).toHaveLength(3);
    expect((await readdir(folder.path)).sort()).toEqual([first!.path.split("/").at(-1), "set-aside"]);
    expect(log.filter((line) => line.startsWith("set a journal file aside"))).toHaveLength(3);
    expect(log.join("\n")).toMatch(/nothing in it was acknowledged/);
  });

  it("refuses at its bound, and takes on again when files have been loaded", async () => {
    const journal = await open({ bound: 3000 });
    const write = encoder();
    const refused = async (): Promise<unknown> => {
      for (let i = 0; i < 100; i++) {
        const error = await write(journal).catch((reason: unknown) => reason);
        if (error !== undefined) return error;
      }
      return undefined;
    };
    expect(await refused()).toMatchObject({ code: "overloaded", retryAfter: 2 });
    expect(journal.state().bytes).toBeLessThan(6000);
    for (const file of files) journal.forget(file);
    await write(journal);
    await journal.close();
  });

  it("refuses when the disk would be too full, and keeps nothing of it", async () => {
    const journal = await open({ reserve: 2 ** 60 });
    const write = encoder();
    const answers = await Promise.allSettled([write(journal), write(journal)]);
    expect(answers.map((answer) => (answer as PromiseRejectedResult).reason.code)).toEqual([
      "disk-full",
      "disk-full",
    ]);
    expect(lost).toBe(1);
    expect(await readdir(folder.path)).toEqual(["set-aside"]);
    await journal.close();
  });

  it("refuses what came while a batch was lost: it counts on the stacks that were lost with it", async () => {
    let asked = 0;
    const limits = {
      ...LIMITS,
      commitBytes: 1,
      get reserve(): number {
        return asked++ === 0 ? 2 ** 60 : 0;
      },
    };
    const journal = await Journal.open(
      folder.path,
      limits,
      () => undefined,
      (file) => files.push(file),
      () => lost++,
    );
    const write = encoder();
    const answers = await Promise.allSettled([write(journal), write(journal)]);
    expect(answers.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await write(journal);
    expect(files).toHaveLength(1);
    await journal.close();
  });

  it("keeps nothing of a write that fails half-way, and all of the others in its batch", async () => {
    const journal = await open({ commitInterval: 50 });
    const rows = new Encoder();
    const good = pushed({ service_name: "good" }, "A");
    const kept = journal.append((batch) => rows.add(batch, good, 30));
    const failing = journal.append((batch) => {
      rows.add(batch, pushed({ service_name: "bad" }, "B"), 30);
      throw new Error("half-way");
    });
    await expect(failing).rejects.toThrow("half-way");
    await kept;
    expect((await readFile(files[0]!.path)).includes("bad")).toBe(false);
    expect(files[0]!.samples).toBe(1);
    await journal.close();
  });
});

describe("groups of journal files", () => {
  const written = async (count: number): Promise<JournalFile[]> => {
    const journal = await open();
    const write = encoder();
    for (let i = 0; i < count; i++) await write(journal);
    await journal.close();
    return files;
  };

  it("join the sections of the same kind and day", async () => {
    const group = await fixGroup(await written(3), folder.path);
    expect(group.sections.map(({ kind, stretches }) => [kind, stretches.length])).toEqual([
      ["frames", 1],
      ["stacks", 1],
      ["series", 1],
      ["samples", 3],
    ]);
  });

  it("are bounded in rows", () => {
    const file = (samples: number): JournalFile => ({ ...({} as JournalFile), samples, bytes: samples });
    expect(firstGroup([file(500_000), file(200_000), file(200_000)])).toHaveLength(2);
    expect(firstGroup([file(5_000_000), file(1)])).toHaveLength(1);
  });

  it("come back as they were after a crash before the load was done", async () => {
    const all = await written(4);
    const group = await fixGroup(all.slice(0, 3), folder.path);
    const left = await leftGroups(all, folder.path);
    expect(left.groups).toEqual([group]);
    expect(left.files).toHaveLength(4);
    expect(left.broken).toEqual([]);
  });

  it("are not loaded again after a crash while they were being removed", async () => {
    const all = await written(4);
    const group = await fixGroup(all.slice(0, 3), folder.path);
    await removeGroup({ ...group, files: group.files.slice(0, 1) });
    // The crash: the manifest is renamed, one file is gone, two are there.
    await writeFile(
      `${group.manifest!.replace(".group", "")}.loaded`,
      JSON.stringify(all.slice(0, 3).map(nameOf)),
    );
    const left = await leftGroups(all.slice(1), folder.path);
    expect(left.groups).toEqual([]);
    expect(left.files).toEqual([all[3]]);
    expect((await readdir(folder.path)).sort()).toEqual([nameOf(all[3]!), "set-aside"]);
  });

  it("of which a file is garbled keep the others", async () => {
    const all = await written(3);
    await fixGroup(all, folder.path);
    await rm(all[1]!.path);
    const left = await leftGroups([all[0]!, all[2]!], folder.path);
    expect(left.broken).toHaveLength(1);
    expect(left.files).toEqual([all[0], all[2]]);
  });

  it("are forgotten where the manifest was cut short: their load had not begun", async () => {
    const all = await written(2);
    const { manifest } = await fixGroup(all, folder.path);
    await writeFile(manifest!, '["0000');
    const left = await leftGroups(all, folder.path);
    expect(left).toEqual({ groups: [], files: all, broken: [] });
  });
});

const nameOf = ({ path }: JournalFile): string => path.split("/").at(-1)!;

describe("a journal file", () => {
  it("that claims a header longer than itself is refused", async () => {
    const { createHash } = await import("node:crypto");
    await mkdir(join(folder.path, "x"));
    const head = Buffer.from("FLBJ0001\xff\xff\xff\x00{}", "latin1");
    const path = join(folder.path, "x", "000000000001.journal");
    await writeFile(path, Buffer.concat([head, createHash("sha256").update(head).digest()]));
    await expect(readJournal(path)).rejects.toThrow(/not a journal file/);
  });
});
