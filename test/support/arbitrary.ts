import fc from "fast-check";
import { type FrameKindCode, type Profile, ProfileBuilder } from "../../packages/core/src/index.ts";

/** Names that are properties of Object, share prefixes, or sort between `;` and letters. */
const NAMES = ["a", "b", "b-x", "c", "__proto__", "constructor"];

/** A stack that comes again and again, so that rows have equals. */
const ONCE_MORE: readonly { name: string; line: number; kind: FrameKindCode }[] = [
  { name: "a", line: 1, kind: 0 },
  { name: "b", line: 0, kind: 0 },
];

const frameArbitrary = fc.record({
  name: fc.constantFrom(...NAMES),
  line: fc.integer({ min: 0, max: 2 }),
  kind: fc.constantFrom<FrameKindCode>(0, 0, 0, 2),
});

const sampleArbitrary = fc.record({
  stack: fc.oneof(
    { weight: 3, arbitrary: fc.array(frameArbitrary, { maxLength: 7 }) },
    fc.constantFrom(ONCE_MORE.slice(0, 1), ONCE_MORE),
  ),
  weights: fc.tuple(fc.integer({ min: -3, max: 9 }), fc.integer({ min: 0, max: 100 })),
  thread: fc.integer({ min: -1, max: 2 }),
  time: fc.integer({ min: 0, max: 20 }),
  colour: fc.constantFrom(undefined, "red", "blue"),
});

/** Small profiles with recursion, shared names, several threads and value types, and samples without frames. */
export const profileArbitrary: fc.Arbitrary<Profile> = fc
  .record({ samples: fc.array(sampleArbitrary, { maxLength: 14 }), annotated: fc.boolean() })
  .map(({ samples, annotated }) => {
    const builder = new ProfileBuilder("each");
    if (annotated) builder.meta.annotated = true;
    builder.valueType("samples", "count");
    builder.valueType("cpu", "nanoseconds");
    const threads = [0, 1, 2].map((tid) => builder.thread({ name: tid === 2 ? "a" : "pool", tid }));
    for (const { stack, weights, thread, time, colour } of samples) {
      let row = -1;
      for (const frame of stack) {
        row = builder.stack(row, builder.frame({ ...frame, name: builder.string(frame.name) }));
      }
      builder.sample(row, weights, {
        time,
        thread: threads[thread] ?? -1,
        labels: builder.labelSet(colour === undefined ? [] : [{ key: "colour", value: colour }]),
      });
    }
    return builder.finish();
  });
