import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { FlameGraphElement } from "./index.ts";
import { OWN_PALETTES } from "./palettes.ts";
import { STYLES } from "./styles.ts";
import { THEME_COLORS } from "./theme.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const source = readFileSync(new URL("./events.ts", import.meta.url), "utf8");

/** Public accessors and methods of the element, without what every custom element has. */
const members = Object.getOwnPropertyNames(FlameGraphElement.prototype).filter(
  (name) => !/^constructor$|Callback$/.test(name),
);

describe("the README, and a host without a DOM", () => {
  test("the module can be imported where there is no document", () => {
    expect(globalThis.document).toBe(undefined);
    expect(FlameGraphElement.observedAttributes).toContain("mode");
  });

  test.each([...FlameGraphElement.observedAttributes])("lists the attribute %s", (name) => {
    expect(readme).toMatch(new RegExp(`\`${name}(?:=|\`)`));
  });

  test.each(members)("lists the member %s", (name) => {
    expect(readme).toMatch(new RegExp(`\`${name}(?:\\(|\`)`));
  });

  test.each([...source.matchAll(/"(flame-graph-[a-z]+)": /g)].map(([, name]) => name!))(
    "lists the event %s",
    (name) => {
      expect(readme).toContain(`| \`${name}\` |`);
    },
  );

  test.each([
    ...Object.keys(THEME_COLORS).map((name) => `--flame-graph-${name}`),
    ...new Set([...STYLES.matchAll(/var\((--flame-graph-[a-z-]+)/g)].map(([, name]) => name!)),
  ])("lists the custom property %s", (name) => {
    expect(readme).toContain(`\`${name}\``);
  });

  test.each([...OWN_PALETTES])("lists the palette %s", (name) => {
    expect(readme).toContain(`\`${name}\``);
  });
});
