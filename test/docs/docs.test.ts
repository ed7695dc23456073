import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import { readers } from "../../packages/core/src/index.ts";
import { root } from "../architecture/files.ts";
import { expectGolden } from "../support/golden.ts";
import { formatsPage } from "./formats-page.ts";

/** Markdown pages of the repository, from its root. */
function pages(): string[] {
  const below = (folder: string): string[] =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return entry.name === "node_modules" ? [] : below(path);
      return entry.name.endsWith(".md") ? [path] : [];
    });
  const top = readdirSync(root).filter((name) => name.endsWith(".md"));
  return [...top, ...["docs", "examples", "fixtures"].flatMap(below)];
}

describe("the documentation", () => {
  it("lists the formats of the registry", () => {
    expectGolden(join(root, "docs/formats.md"), formatsPage());
  });

  it.each(pages())("%s links to files that are there", (page) => {
    const text = readFileSync(join(root, page), "utf8");
    const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map((match) => match[1]!);
    const local = links.filter((link) => !/^[a-z]+:/.test(link));
    const missing = local.filter((link) => !existsSync(join(root, normalize(join(dirname(page), link)))));
    expect(missing).toEqual([]);
  });

  it.each(pages())("%s names npm scripts that are there", (page) => {
    const text = readFileSync(join(root, page), "utf8");
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: object };
    const named = [...text.matchAll(/`npm run ([\w:]+)/g)].map((match) => match[1]!);
    expect(named.filter((name) => !Object.keys(scripts).includes(name))).toEqual([]);
  });
});

describe("the fixtures", () => {
  const folders = readdirSync(join(root, "fixtures"), { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && entry.name !== "record",
  );

  it("lie in folders named by their reader", () => {
    const known = readers.map((reader) => reader.id);
    expect(folders.map((folder) => folder.name).filter((name) => !known.includes(name))).toEqual([]);
  });

  it.each(folders.map((folder) => folder.name))("%s are described, and small", (folder) => {
    const text = readFileSync(join(root, "fixtures/README.md"), "utf8");
    for (const file of readdirSync(join(root, "fixtures", folder))) {
      expect(text, `${folder}/${file} needs a row in fixtures/README.md`).toContain(`\`${folder}/${file}\``);
      expect(readFileSync(join(root, "fixtures", folder, file)).length).toBeLessThan(300_000);
    }
  });
});
