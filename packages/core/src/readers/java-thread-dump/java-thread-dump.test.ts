import { describe, expect, it } from "vitest";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { FrameKind } from "../../index.ts";
import { javaThreadDumpReader } from "./index.ts";

const DUMP = `2024-08-20 14:25:30
Full thread dump OpenJDK 64-Bit Server VM (21.0.2+13-LTS mixed mode, sharing):

"main \\"x\\"" #1 [1] prio=5 os_prio=0 cpu=2.5ms elapsed=58234.25s tid=0x00007f8b2c016800 nid=0x1abc runnable  [0x00007f8b34245000]
   java.lang.Thread.State: RUNNABLE
\tat java.net.ServerSocket.accept(java.base@21.0.2/ServerSocket.java:533)
\tat app//com.example.Main$$Lambda/0x0000000800c8a000.run(Unknown Source)
\t- locked <0x1> (a Foo)

"pool-1" #10 daemon prio=5 tid=0x1 nid=77 waiting on condition  [0x00007f8b235f6000]
   java.lang.Thread.State: WAITING (parking)
        at jdk.internal.misc.Unsafe.park(java.base@21.0.2/Native Method)
        - parking to wait for  <0x000000076ab75678> (a java.util.concurrent.ForkJoinPool)
   Locked ownable synchronizers:
        - None

"GC Thread#3" os_prio=0 tid=0x00007f2988005f10 nid=0x5715 runnable  

Found one Java-level deadlock:
"pool-1":
  waiting to lock monitor
\tat twice.Counted(Twice.java:1)
`;

describe("Java thread dumps", () => {
  it("is one sample per thread, with or without frames", async () => {
    const profile = await readWith(javaThreadDumpReader, DUMP);
    expect(foldedOf(profile)).toEqual([
      " 1",
      "com.example.Main$$Lambda/0x0000000800c8a000.run;java.net.ServerSocket.accept 1",
      "jdk.internal.misc.Unsafe.park 1",
    ]);
    expect(profile.threads).toEqual([
      { name: 'main \\"x\\"', tid: 0x1abc },
      { name: "pool-1", tid: 77 },
      { name: "GC Thread#3", tid: 0x5715 },
    ]);
    expect(profile.labelSets).toEqual([
      [],
      [
        { key: "status", value: "runnable" },
        { key: "cpu", value: 2_500_000, unit: "nanoseconds" },
        { key: "state", value: "RUNNABLE" },
      ],
      [
        { key: "status", value: "waiting on condition" },
        { key: "daemon", value: "true" },
        { key: "state", value: "WAITING" },
        { key: "waiting for", value: "java.util.concurrent.ForkJoinPool" },
      ],
      [{ key: "status", value: "runnable" }],
    ]);
    expect(profile.meta.producer).toContain("21.0.2");
    expect(noteCodes(profile)).toEqual(["deadlock×1"]);
  });

  it("keeps modules, files, lines and native methods", async () => {
    const { frames, strings, mappings } = await readWith(javaThreadDumpReader, DUMP);
    const rows = [...frames.name].map((name, i) => [
      strings.get(name),
      mappings[frames.mapping[i]!]?.path,
      strings.get(frames.file[i]!),
      frames.line[i],
      frames.kind[i],
    ]);
    expect(rows).toEqual([
      ["java.net.ServerSocket.accept", "java.base@21.0.2", "ServerSocket.java", 533, FrameKind.unknown],
      ["com.example.Main$$Lambda/0x0000000800c8a000.run", "app", "", 0, FrameKind.unknown],
      ["jdk.internal.misc.Unsafe.park", "java.base@21.0.2", "", 0, FrameKind.native],
    ]);
  });

  it("reads a mounted virtual thread as a thread of its own", async () => {
    const profile = await readWith(
      javaThreadDumpReader,
      `Full thread dump X:\n"carrier" #1 tid=0x1 nid=1 runnable\n\tat a.B.c(B.java:1)\n   Mounted virtual thread #24\n\tat v.W.x(W.java:2)\n\tat broken\n`,
    );
    expect(foldedOf(profile)).toEqual(["a.B.c 1", "v.W.x 1"]);
    expect(profile.threads[1]!.name).toBe("virtual thread 24");
    expect(noteCodes(profile)).toEqual(["bad-frame×1"]);
  });

  it("reads dumps to a file, as text and JSON", async () => {
    const text = await readWith(
      javaThreadDumpReader,
      '123\n2024-01-01T00:00:00Z\n21\n\n#22 "" virtual\n      java.base/java.lang.Thread.sleep(Thread.java:5)\n      a.B.c(B.java:1)\n',
    );
    expect(foldedOf(text)).toEqual(["a.B.c;java.lang.Thread.sleep 1"]);
    expect(text.threads).toEqual([{ name: "", tid: 22 }]);
    const json = await readWith(javaThreadDumpReader, {
      threadDump: {
        processId: 1,
        runtimeVersion: "21",
        threadContainers: [
          {
            container: "pool",
            threads: [{ tid: "9", name: "r", state: "WAITING", stack: ["java.base/a.B.c(B.java:3)", "odd"] }],
          },
        ],
      },
    });
    expect(foldedOf(json)).toEqual(["odd;a.B.c 1"]);
    expect(json.labelSets[1]).toEqual([
      { key: "state", value: "WAITING" },
      { key: "container", value: "pool" },
    ]);
  });

  it("reads jhsdb's stacks", async () => {
    const plain = `Attaching to process ID 30774, please wait...
"main" #1 prio=5 tid=0x00007fe0d0017ed0 nid=0x7838 waiting on condition [0x00007fe0d61fe000]
   java.lang.Thread.State: WAITING (parking)
   JavaThread state: _thread_blocked
 - jdk.internal.misc.Unsafe.park(boolean, long) @bci=0 (Compiled frame; information may be imprecise)
\t- parking to wait for <0x00000006a2d8d098> (a java/util/concurrent/FutureTask)
 - Zoo.main(java.lang.String[]) @bci=297, line=21 (Interpreted frame)
`;
    expect(javaThreadDumpReader.sniff(headOf(plain))).toBe("yes");
    const profile = await readWith(javaThreadDumpReader, plain);
    expect(foldedOf(profile)).toEqual(["Zoo.main;jdk.internal.misc.Unsafe.park 1"]);
    expect([...profile.frames.kind]).toEqual([FrameKind.jit, FrameKind.interpreted]);
    expect([...profile.frames.line]).toEqual([0, 21]);

    const mixed = await readWith(
      javaThreadDumpReader,
      `----------------- 4073 -----------------
"Attach Listener" #18 daemon prio=9 tid=0x00007f417c0016c0 nid=0xfe9 runnable [0x0000000000000000]
   java.lang.Thread.State: RUNNABLE
   JavaThread state: _thread_blocked
0x00007f42138da72f\t__GI_accept + 0x4f
0x00007f41fced5b05\t<Unknown compiled code>
0x00007fe0c4a00849\t* Zoo.main(java.lang.String[]) bci:297 line:21 (Interpreted frame)
0x00007f42132a38c5\t\t????????
----------------- 4017 -----------------
0x00007f4213860d90\t__new_sem_wait_slow64.constprop.0 + 0x90
`,
    );
    expect(foldedOf(mixed)).toEqual([
      "[unknown];Zoo.main;[unknown compiled code];__GI_accept 1",
      "__new_sem_wait_slow64.constprop.0 1",
    ]);
    expect(mixed.threads).toEqual([
      { name: "Attach Listener", tid: 0xfe9 },
      { name: "", tid: 4017 },
    ]);
    expect(mixed.frames.address[0]).toBe(0x00007f42138da72fn);
  });

  it("refuses a dump without threads", async () => {
    expect((await readingError(javaThreadDumpReader, "Full thread dump X:\n")).code).toBe("malformed");
  });

  it("knows its inputs", () => {
    expect(javaThreadDumpReader.sniff(headOf(DUMP))).toBe("yes");
    expect(javaThreadDumpReader.sniff(headOf(DUMP.split("\n").slice(3).join("\n")))).toBe("yes");
    expect(javaThreadDumpReader.sniff(headOf('{"threadDump": {}}'))).toBe("yes");
    expect(javaThreadDumpReader.sniff(headOf("main;leaf 1\n"))).toBe("no");
  });
});
