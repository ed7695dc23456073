import { expect, test } from "vitest";
import { foldedOf, letters, validated } from "../../../../test/support/letters.ts";
import { FrameKind, type Profile, ProfileBuilder } from "../index.ts";
import { collapseLibraries, foreignFrames, frameLibraries, ownCodeOnly } from "./index.ts";

/** One stack of frames with all that can tell where they come from. */
function stackOf(
  ...frames: { name: string; file?: string; module?: string; kind?: keyof typeof FrameKind }[]
): Profile {
  const builder = new ProfileBuilder("each");
  builder.meta.format = "test";
  const type = builder.valueType("samples", "count");
  let stack = -1;
  for (const { name, file, module, kind } of frames) {
    const mapping =
      module === undefined
        ? -1
        : builder.mapping({ path: module, buildId: "", start: 0n, end: 0n, fileOffset: 0n });
    const frame = builder.frame({
      name: builder.string(name),
      file: builder.string(file ?? ""),
      mapping,
      kind: FrameKind[kind ?? "unknown"],
    });
    stack = builder.stack(stack, frame);
  }
  builder.sampleOf(stack, type, 1);
  return validated(builder.finish());
}

test("a frame's library is its mapping, its package's folder, the kernel, or the package in its name", () => {
  const cases = [
    [{ name: "malloc", module: "/usr/lib/libc.so.6", file: "/x/node_modules/y/z.js" }, "libc.so.6"],
    [{ name: "f", file: "/app/node_modules/@scope/pkg/dist/index.js" }, "@scope/pkg"],
    [{ name: "f", file: "/app/node_modules/a/node_modules/b/index.js" }, "b"],
    [{ name: "f", file: "/venv/lib/python3/site-packages/numpy/core.py" }, "numpy"],
    [{ name: "f", file: "/venv/lib/python3/site-packages/six.py" }, "six"],
    [{ name: "f", file: "/go/pkg/mod/github.com/a/b@v1.2.3/c.go" }, "github.com/a/b"],
    [{ name: "f", file: "/home/dev/.cargo/registry/src/index-1/serde-json-1.0.2/src/a.rs" }, "serde-json"],
    [{ name: "f", file: "node:fs" }, "node"],
    [{ name: "do_idle", kind: "kernel" }, "kernel"],
    [{ name: "java.util.HashMap.get" }, "java.util"],
    [{ name: "java/util/HashMap.get" }, "java.util"],
    [{ name: "net/http.(*conn).serve" }, "net/http"],
    [{ name: "runtime.mallocgc" }, "runtime"],
    [{ name: "tokio::runtime::park" }, "tokio"],
    [{ name: "main" }, undefined],
    [{ name: "operator new" }, undefined],
  ] as const;
  for (const [frame, library] of cases) {
    expect([frame, frameLibraries(stackOf(frame))]).toEqual([frame, [library]]);
  }
});

test("neighbouring frames of one library become one", () => {
  const profile = stackOf(
    { name: "main" },
    { name: "parse", module: "/opt/libjson.so" },
    { name: "lex", module: "/opt/libjson.so" },
    { name: "callback" },
    { name: "read", module: "/opt/libjson.so" },
    { name: "malloc", module: "/lib/libc.so" },
  );
  const collapsed = validated(collapseLibraries(profile, "libjson.so"));
  expect(foldedOf(collapsed)).toEqual(["main;[libjson.so];callback;[libjson.so];malloc 1"]);
});

test("without a name, libraries that are not the user's own are collapsed", () => {
  const profile = stackOf(
    { name: "main", module: "/home/me/app" },
    { name: "run", module: "/home/me/app" },
    { name: "qsort", module: "/lib/libc.so.6" },
    { name: "msort", module: "/lib/libc.so.6" },
    { name: "page_fault", kind: "kernel" },
  );
  expect(foldedOf(validated(collapseLibraries(profile)))).toEqual(["main;run;[libc.so.6];[kernel] 1"]);
});

test("stacks that become equal are one", () => {
  const profile = letters(`
    main main main
    a::x a::y a::x
    .    .    a::z
  `);
  const collapsed = validated(collapseLibraries(profile, "a"));
  expect(foldedOf(collapsed)).toEqual(["main;[a] 3"]);
  expect(collapsed.stacks.length).toBe(2);
});

test("a profile without libraries stays what it is", () => {
  const profile = letters("A");
  expect(collapseLibraries(profile)).toBe(profile);
});

test("only own code: foreign frames go, their weight stays with who called them", () => {
  const profile = stackOf(
    { name: "_start", module: "/usr/lib/libc.so.6" },
    { name: "main", module: "/home/me/app" },
    { name: "helper", file: "/app/node_modules/x/y.js" },
    { name: "java.util.HashMap.get" },
    { name: "mine", file: "/app/src/mine.js" },
    { name: "do_sys_open", kind: "kernel" },
  );
  expect(foldedOf(validated(ownCodeOnly(profile)))).toEqual(["main;mine 1"]);
  expect(foldedOf(validated(ownCodeOnly(profile, ["name:m*n"])))).toEqual([
    "_start;helper;java.util.HashMap.get;mine;do_sys_open 1",
  ]);
});

test("rules: * is the only wildcard, and every kind has a name", () => {
  const profile = stackOf({ name: "a.b" }, { name: "aXb" }, { name: "k", kind: "kernel" }, { name: "a.b.c" });
  expect([...foreignFrames(profile, ["name:a.b"])]).toEqual([1, 0, 0, 0]);
  expect([...foreignFrames(profile, ["name:a.b*", " kind:kernel "])]).toEqual([1, 0, 1, 1]);
  expect([...foreignFrames(profile, [])]).toEqual([0, 0, 0, 0]);
});

test.each(["kind:", "kind:toString", "colour:red", "", "name:"])("a rule that says nothing: %j", (rule) => {
  expect(() => ownCodeOnly(letters("A"), [rule])).toThrow(/is no rule for foreign code/);
});
