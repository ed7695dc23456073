import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProfileBuilder } from "../../model/builder.ts";
import { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import { sourceOfBytes } from "../../util/source.ts";
import { JsonReader } from "../json.ts";
import { emptyFile } from "./file.ts";
import { NodeParser } from "./parse-node.ts";

/** The nodes of a tree as they were read: id, name, file, line, column, bytes, caller, offset; or what it broke off with. */
async function nodesOf(tree: string, plain: boolean): Promise<unknown[]> {
  // The kernel begins when the buffer was full once.
  const bytes = new TextEncoder().encode(`${" ".repeat(600)}${tree} 7`);
  const json = new JsonReader(sourceOfBytes(bytes), { bufferSize: 500, plain });
  const builder = new ProfileBuilder();
  const file = emptyFile();
  const notes = new Notes();
  let error = "";
  try {
    await new NodeParser(json, file, builder, notes).tree();
    expect(await json.take(() => json.peek())).toBe(0x37);
  } catch (reason) {
    if (!(reason instanceof FlambeauError)) throw reason;
    error = `${reason.code} at ${reason.offset}: ${reason.message}`;
  }
  const { nodes } = file;
  const rows = Array.from({ length: nodes.length }, (_, row) => [
    nodes.id[row],
    builder.text(nodes.name[row]!),
    builder.text(nodes.file[row]!),
    nodes.line[row],
    nodes.column[row],
    nodes.hits[row],
    nodes.nestedIn[row],
    nodes.offset[row],
  ]);
  return [rows, notes.list(), error];
}

interface Shape {
  readonly members: readonly string[];
  readonly last: boolean;
  readonly blank: string;
  readonly children: readonly Shape[];
}

const frame = fc
  .tuple(fc.constantFrom("main", "é", "a\\n", "(root)"), fc.integer({ min: -1, max: 300 }), fc.nat(90))
  .map(([name, line, column]) => {
    const place = `"url":"file:///a.js","lineNumber":${line},"columnNumber":${column}`;
    return `"callFrame":{"functionName":"${name}","scriptId":"7",${place}}`;
  });
const usual = fc
  .tuple(frame, fc.nat(5000), fc.nat(999))
  .map(([callFrame, size, id]) => [callFrame, `"selfSize":${size}`, `"id":${id}`]);
/** Other members, the old form, keys twice, and what is no JSON. */
const unusual = fc.subarray([
  '"functionName":"old","lineNumber":4',
  '"hitCount":3',
  '"selfSize":null',
  '"positionTicks":[{"line":4,"ticks":1}]',
  '"deoptReason":"too hot"',
  '"id":1,"id":2',
  '"callFrame":null',
  '"other":{"id":5,"children":[]}',
  '"children":null',
  '"broken" 1',
]);

/** Nodes, each with how many before it its caller stands. */
const tree = fc
  .array(
    fc.tuple(
      fc.oneof({ weight: 60, arbitrary: usual }, { weight: 1, arbitrary: unusual }),
      fc.nat(40),
      fc.constantFrom("", "", "", " ", "\n"),
      fc.integer({ min: 1, max: 5 }),
    ),
    { minLength: 1, maxLength: 90 },
  )
  .map((list) => {
    const shapes: (Shape & { children: Shape[] })[] = [];
    for (const [members, odd, blank, back] of list) {
      const shape = { members, last: odd > 0, blank, children: [] };
      shapes[Math.max(0, shapes.length - back)]?.children.push(shape);
      shapes.push(shape);
    }
    return shapes[0]!;
  });

function write({ members, last, blank, children }: Shape): string {
  const list = `"children":[${blank}${children.map(write).join(`,${blank}`)}${blank}]`;
  return `{${blank}${(last ? [...members, list] : [list, ...members]).join(`,${blank}`)}${blank}}`;
}

describe("NodeParser", () => {
  it("reads nested nodes through the kernel as it does without", async () => {
    let errors = 0;
    let rows = 0;
    await fc.assert(
      fc.asyncProperty(tree, async (shape) => {
        const text = write(shape);
        const [nodes, notes, error] = await nodesOf(text, false);
        expect([nodes, notes, error]).toEqual(await nodesOf(text, true));
        if (error !== "") errors++;
        else rows += (nodes as unknown[]).length;
      }),
      { seed: 12, numRuns: 150 },
    );
    expect(rows).toBeGreaterThan(700);
    expect(errors).toBeLessThan(100);
  });
});
