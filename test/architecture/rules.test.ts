import { describe, expect, it } from "vitest";
import { importsOf } from "./imports.ts";
import {
  coreLayers,
  importCycles,
  MAX_LINES,
  packageBoundaries,
  type SourceFile,
  serverLayers,
  tooLong,
  unfinished,
} from "./rules.ts";

/** A made-up source tree: path → text. */
function tree(files: Readonly<Record<string, string>>): SourceFile[] {
  return Object.entries(files).map(([path, text]) => ({ path, text }));
}

/** A made-up file in the core with one import. */
const core = (path: string, specifier: string): SourceFile[] =>
  tree({ [`packages/core/src/${path}`]: `import { a } from "${specifier}";\n` });

describe("importsOf", () => {
  it("finds every way to import", () => {
    const source = [
      `import "a";`,
      `import b, { c as from } from 'b';`,
      `import type { D } from "d";`,
      `import * as e from "e";`,
      `export * from "f";`,
      `export { default as g } from "g";`,
      `export type { H } from "h";`,
      `const i = await import("i");`,
      `const j = new Worker(new URL("./j.ts", import.meta.url));`,
      `const k = require("k");`,
      `import { "odd name" as l } from "l";`,
      `import type from "m";`,
    ].join("\n");
    expect(importsOf(source).map(({ specifier, kind, line }) => `${line} ${kind} ${specifier}`)).toEqual([
      "1 static a",
      "2 static b",
      "3 type d",
      "4 static e",
      "5 static f",
      "6 static g",
      "7 type h",
      "8 dynamic i",
      "9 url ./j.ts",
      "10 dynamic k",
      "11 static l",
      "12 static m",
    ]);
  });

  it.each([
    ["a line comment", `// import "x";`],
    ["a block comment", `/* \n import "x"; */`],
    ["a string", `const a = 'import "x"';`],
    ["a string with an escaped quote", `const a = "\\"; import 'x';";`],
    ["a template", 'const a = `import "x"`;'],
    ["a template around an expression", 'const a = `${b ? `import "x"` : ""} import "y"`;'],
    ["a regular expression", `const a = /import "x"/;`],
    ["a regular expression with a class", `const a = /[/]import "x"/g;`],
    ["a property", `a.import("x"); b.from("y");`],
    ["an exported value", `export const a = 1; const from = "x"; export default from;`],
  ])("is not fooled by %s", (_name, source) => {
    expect(importsOf(source)).toEqual([]);
  });

  it("finds an import behind what looks like the start of something else", () => {
    const behind = (before: string): string[] =>
      importsOf(`${before}\nimport "x";`).map((found) => found.specifier);
    expect(behind("const a = b / c; // d")).toEqual(["x"]);
    expect(behind("const a = (b + c) / 2;")).toEqual(["x"]);
    expect(behind("const a = `${b}`;")).toEqual(["x"]);
    expect(behind("const a = `${{ b: 1 }.b}/*`;")).toEqual(["x"]);
    expect(behind(`const a = "/*"; const b = '//';`)).toEqual(["x"]);
    expect(behind("const a = /[\"'`]/;")).toEqual(["x"]);
  });
});

describe("package boundaries", () => {
  it.each([
    ["core", "core/src/a.ts", `import "node:fs";`],
    ["core", "core/src/a.ts", `import "preact";`],
    ["core", "core/src/a.ts", `import "../../cli/src/index.ts";`],
    ["viewer", "viewer/src/element/a.ts", `import "preact";`],
    ["viewer", "viewer/src/app/a.ts", `import "@flambeau/server";`],
    ["viewer", "viewer/src/app/a.ts", `import "node:fs";`],
    ["server", "server/src/http/a.ts", `import "@clickhouse/client";`],
    ["server", "server/src/http/a.ts", `import "@flambeau/viewer";`],
    ["cli", "cli/src/a.ts", `import "@flambeau/server";`],
    ["cli", "cli/src/a.ts", `import "@flambeau/viewer";`],
    ["cli", "cli/src/a.ts", `import "@flambeau/core/src/index.ts";`],
    ["cli", "cli/src/a.ts", `import type { A } from "left-pad";`],
  ])("%s: %s must not %s", (_package, path, text) => {
    expect(packageBoundaries(tree({ [`packages/${path}`]: text }))).toHaveLength(1);
  });

  it.each([
    ["core/src/a/b.ts", `import "../c/d.ts";`],
    [
      "core/src/a/b.test.ts",
      `import "vitest"; import "node:fs"; import "../../../../test/support/letters.ts";`,
    ],
    ["viewer/src/app/a.ts", `import "preact"; import "@preact/signals"; import "@flambeau/core";`],
    ["server/src/store/a.ts", `import "@clickhouse/client"; import "node:fs";`],
    [
      "cli/src/a.ts",
      `import "@flambeau/core"; import "node:fs"; const s = await import("@flambeau/server");`,
    ],
    ["cli/src/a.ts", `const page = new URL("../../viewer/dist/page.html", import.meta.url);`],
  ])("%s may %s", (path, text) => {
    expect(packageBoundaries(tree({ [`packages/${path}`]: text }))).toEqual([]);
  });
});

describe("layers of the core", () => {
  it.each([
    ["util/a.ts", "../model/profile.ts"],
    ["model/a.ts", "../codec/varint.ts"],
    ["kernel/a.ts", "../codec/varint.ts"],
    ["transforms/a.ts", "../readers/pprof/reader.ts"],
    ["transforms/a.ts", "../layout/layout.ts"],
    ["readers/pprof/a.ts", "../folded/reader.ts"],
    ["readers/pprof/a.ts", "../../writers/pprof/writer.ts"],
    ["readers/pprof/a.ts", "../registry.ts"],
    ["readers/reader.ts", "../layout/layout.ts"],
    ["writers/svg/a.ts", "../folded/writer.ts"],
    ["layout/a.ts", "../render/svg.ts"],
    ["layout/a.ts", "../readers/pprof/reader.ts"],
    ["model/a.ts", "../index.ts"],
    ["render/svg/a.ts", "../../registry.ts"],
    ["unheard/a.ts", "../model/profile.ts"],
  ])("%s must not import %s", (path, specifier) => {
    expect(coreLayers(core(path, specifier))).toHaveLength(1);
  });

  it.each([
    ["model/a.ts", "../util/hash.ts"],
    ["codec/a.ts", "../model/profile.ts"],
    ["codec/a.ts", "../kernel/fold.ts"],
    ["readers/pprof/a.ts", "../../codec/protobuf.ts"],
    ["readers/pprof/a.ts", "../reader.ts"],
    ["readers/pprof/a.ts", "./decode.ts"],
    ["readers/pprof/deep/a.ts", "../decode.ts"],
    ["transforms/a.ts", "../readers/reader.ts"],
    ["writers/tree/a.ts", "../../transforms/flame-tree.ts"],
    ["render/svg/a.ts", "../../layout/layout.ts"],
    ["readers/registry.ts", "./pprof/reader.ts"],
    ["index.ts", "./render/svg.ts"],
    ["readers/pprof/a.test.ts", "../folded/reader.ts"],
  ])("%s may import %s", (path, specifier) => {
    expect(coreLayers(core(path, specifier))).toEqual([]);
  });
});

describe("folders of the server", () => {
  const server = (path: string, specifier: string): SourceFile[] =>
    tree({ [`packages/server/src/${path}`]: `import "${specifier}";` });

  it("go downward only", () => {
    expect(serverLayers(server("store/a.ts", "../http/b.ts"))).toHaveLength(1);
    expect(serverLayers(server("ingest/a.ts", "../query/b.ts"))).toHaveLength(1);
    expect(serverLayers(server("http/a.ts", "../query/b.ts"))).toEqual([]);
    expect(serverLayers(server("query/a.ts", "../store/b.ts"))).toEqual([]);
  });
});

describe("import cycles", () => {
  it("are found, with their whole trail", () => {
    const files = tree({
      "packages/core/src/a.ts": `import "./b.ts";`,
      "packages/core/src/b.ts": `export * from "./c.ts"; // and on to c`,
      "packages/core/src/c.ts": `import { type A, a } from "./a.ts";`,
      "packages/core/src/d.ts": `import "./a.ts";`,
    });
    expect(importCycles(files)).toEqual([
      "import cycle: packages/core/src/a.ts → packages/core/src/b.ts → packages/core/src/c.ts → packages/core/src/a.ts",
    ]);
  });

  it("are not types that point back", () => {
    const files = tree({ "a.ts": `import "./b.ts";`, "b.ts": `import type { A } from "./a.ts";` });
    expect(importCycles(files)).toEqual([]);
  });

  it("are not two ways to the same file", () => {
    const files = tree({
      "a.ts": `import "./b.ts"; import "./c.ts";`,
      "b.ts": `import "./c.ts";`,
      "c.ts": "",
    });
    expect(importCycles(files)).toEqual([]);
  });
});

describe("file length", () => {
  const lines = (count: number): string => "a;\n".repeat(count);

  it("is limited", () => {
    expect(tooLong(tree({ "a.ts": lines(MAX_LINES) }))).toEqual([]);
    expect(tooLong(tree({ "a.ts": lines(MAX_LINES + 1) }))).toHaveLength(1);
  });

  it("may be exceeded by a listed file, as long as it is there and long", () => {
    const list = new Map([["a.ts", "reason"]]);
    expect(tooLong(tree({ "a.ts": lines(MAX_LINES + 1) }), list)).toEqual([]);
    expect(tooLong(tree({ "a.ts": lines(10) }), list)).toHaveLength(1);
    expect(tooLong(tree({ "b.ts": lines(10) }), list)).toHaveLength(1);
  });
});

describe("unfinished work", () => {
  it.each(["// TODO later", "/* FIXME */", "/** a\n * XXX b */", `it.only("a");`, `describe.skip("a");`])(
    "is found: %s",
    (text) => {
      expect(unfinished(tree({ "a.test.ts": text }))).toHaveLength(1);
    },
  );

  it.each([`const a = "TODO";`, "// todos os", `it.skipIf(b)("c");`, "list.only();"])(
    "is not: %s",
    (text) => {
      expect(unfinished(tree({ "a.test.ts": text }))).toEqual([]);
    },
  );
});
