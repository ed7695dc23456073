import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commandPath } from "../../support/command.ts";
import { type Firefox, haveFirefox, launchFirefox } from "../firefox.ts";

const FOLDED = "main;parse;lex 30\nmain;run;<img src=x onerror=globalThis.hacked=1> 20\n__proto__ 50\n";

describe.skipIf(!haveFirefox)("the viewer and a profile in one file, in Firefox", () => {
  let firefox: Firefox;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "flambeau-firefox-file-"));
    writeFileSync(join(folder, "small.folded"), FOLDED);
    execFileSync(process.execPath, [commandPath, "small.folded", "-o", "small.html"], { cwd: folder });
    firefox = await launchFirefox();
  });

  afterAll(async () => {
    await firefox.close();
    rmSync(folder, { recursive: true });
  });

  /** Asks until the answer is there. */
  async function eventually<T>(script: string): Promise<T> {
    for (const start = Date.now(); Date.now() - start < 30_000; ) {
      const answer = await firefox.run<T | null>(script);
      if (answer !== null) return answer;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`no answer to ${script}: ${await firefox.run<string>("return document.body.innerText")}`);
  }

  test("opens from file:// and shows the numbers; hostile names are text", async () => {
    await firefox.navigate(pathToFileURL(join(folder, "small.html")).href);
    const total = await eventually<number>(
      "const graph = document.querySelector('flame-graph')?.wrappedJSObject?.graph ?? document.querySelector('flame-graph')?.graph; return graph ? graph.total[0] : null;",
    );
    expect(total).toBe(100);
    await firefox.run(
      "[...document.querySelectorAll('button')].find((button) => button.textContent === 'Table').click()",
    );
    const rows = await eventually<string>(
      "const grid = document.querySelector('[role=gridcell]'); return grid ? document.body.innerText : null;",
    );
    for (const name of ["lex", "<img src=x", "__proto__"]) expect(rows).toContain(name);
    expect(await firefox.run("return 'hacked' in (window.wrappedJSObject ?? window)")).toBe(false);
  });

  test("no Worker was refused, and nothing was asked of the network", async () => {
    const entries = await firefox.run<string[]>(
      "return performance.getEntriesByType('resource').map((entry) => entry.name)",
    );
    expect(entries.filter((name) => !/^(?:blob|data|file):/.test(name))).toEqual([]);
  });
});
