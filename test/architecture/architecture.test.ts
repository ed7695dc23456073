import { describe, expect, it } from "vitest";
import { sourceFiles } from "./files.ts";
import { coreLayers, importCycles, packageBoundaries, serverLayers, tooLong, unfinished } from "./rules.ts";

/**
 * Technical debt: files that may be longer than the limit for now, each with the reason.
 * A file leaves the list when it is short again; the test insists on that too.
 */
const LONG_FILES: ReadonlyMap<string, string> = new Map();

const files = sourceFiles(["packages", "scripts", "test", "bench", "fixtures"]);

describe("the source tree", () => {
  it("is found", () => {
    const paths = files.map((file) => file.path);
    expect(paths).toContain("packages/core/src/model/profile.ts");
    expect(paths).toContain("packages/cli/src/main.ts");
    expect(paths).toContain("test/architecture/rules.ts");
  });

  it.each([
    ["keeps package boundaries", packageBoundaries],
    ["keeps the order of core's layers", coreLayers],
    ["keeps the order of the server's folders", serverLayers],
    ["has no import cycle", importCycles],
    ["has short files", (all: typeof files) => tooLong(all, LONG_FILES)],
    ["has no unfinished work and no test that is switched off", unfinished],
  ])("%s", (_name, rule) => {
    expect(rule(files)).toEqual([]);
  });
});
