import { describe, expect, it } from "vitest";
import { newCommand } from "../commands/command.ts";
import { addDrawOptions, FLAMEGRAPH_OPTIONS } from "./graph.ts";
import { normaliseArguments } from "./normalise.ts";

function graph(...args: string[]): string[] {
  const command = addDrawOptions(newCommand("test", "")).option("-o, --output <file>", "");
  return normaliseArguments(command, args, { dropIn: FLAMEGRAPH_OPTIONS });
}

describe("normaliseArguments", () => {
  it("completes what fits one option", () => {
    expect(graph("--color=io", "--flame", "--inv")).toEqual(["--colors=io", "--flamechart", "--inverted"]);
  });

  it("lets the original program's options win over our own", () => {
    // --colordiffusion fits "color" as well.
    expect(graph("--color", "io")).toEqual(["--colors", "io"]);
    expect(graph("--colord")).toEqual(["--colordiffusion"]);
  });

  it("refuses what fits several of them, and names them", () => {
    expect(() => graph("--t=1")).toThrow(
      expect.objectContaining({ code: "usage", hint: expect.stringContaining("--title or --total") }),
    );
  });

  it("takes an exact name even where it begins another", () => {
    expect(graph("--width=10", "--notes", "x", "--hash")).toEqual(["--width=10", "--notes", "x", "--hash"]);
    expect(graph("--height=3")).toEqual(["--height=3"]);
  });

  it("takes names with one dash, and in upper case", () => {
    expect(graph("-color", "io", "-title=x", "--TITLE", "y")).toEqual([
      "--colors",
      "io",
      "--title=x",
      "--title",
      "y",
    ]);
  });

  it("leaves short options with their values alone", () => {
    expect(graph("-o", "out.svg", "-oout.svg", "-c", "io")).toEqual([
      "-o",
      "out.svg",
      "-oout.svg",
      "-c",
      "io",
    ]);
  });

  it("does not touch values, files, or what follows --", () => {
    expect(graph("--title", "--color", "-", "a.folded", "--", "--color")).toEqual([
      "--title",
      "--color",
      "-",
      "a.folded",
      "--",
      "--color",
    ]);
    expect(graph("--title=--x\ny")).toEqual(["--title=--x\ny"]);
  });

  it("leaves unknown names to the parser's error", () => {
    expect(graph("--nonsense", "-5")).toEqual(["--nonsense", "-5"]);
  });
});
