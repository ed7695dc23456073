import { describe, expect, it } from "vitest";
import { CHUNK, makeQueues, takeChunk } from "./queues.ts";

describe("queues of chunks", () => {
  it("hands out every chunk once, neighbours to the same thread, the rest to whoever is free", () => {
    const queues = makeQueues(10 * CHUNK, 3);
    expect([takeChunk(queues, 0), takeChunk(queues, 0), takeChunk(queues, 1)]).toEqual([0, 1, 3]);
    const rest: number[] = [];
    for (let chunk = takeChunk(queues, 2); chunk >= 0; chunk = takeChunk(queues, 2)) rest.push(chunk);
    expect(rest.toSorted((a, b) => a - b)).toEqual([2, 4, 5, 6, 7, 8, 9]);
    expect(takeChunk(queues, 0)).toBe(-1);
  });

  it("makes chunks longer where a file has too many", () => {
    const size = CHUNK * 0x7fff * 10;
    const queues = makeQueues(size, 4);
    expect(queues.chunk * 0x7fff).toBeGreaterThanOrEqual(size);
    const last = queues.words[3]! & 0xffff;
    expect(last * queues.chunk).toBeGreaterThanOrEqual(size);
  });

  it("leaves nothing to take of a small file but one chunk", () => {
    const queues = makeQueues(5, 4);
    const taken = [0, 1, 2, 3].map((thread) => takeChunk(queues, thread));
    expect(taken.filter((chunk) => chunk >= 0)).toEqual([0]);
  });
});
