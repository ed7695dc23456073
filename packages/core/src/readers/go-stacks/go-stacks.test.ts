import { expect, it } from "vitest";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { goStacksReader } from "./index.ts";

const DUMP = `panic: boom

goroutine 1 [running]:
main.inner(...)
\t/src/w.go:12
net/http.(*conn).serve(0xc000, {0x1, func()})
\t/usr/lib/go/src/net/http/server.go:1950 +0x70
main.main()
\t/src/w.go:19 +0x8af

goroutine 27 [chan receive, 12 minutes, locked to thread]:
main.main.func4()
\t/src/w.go:18 +0x17
created by main.main in goroutine 1
\t/src/w.go:18 +0x5a6
exit status 2
`;

it("is one sample per goroutine, with lines, inlined calls and labels", async () => {
  const profile = await readWith(goStacksReader, DUMP);
  expect(foldedOf(profile)).toEqual(
    ["main.main.func4 1", "main.main;net/http.(*conn).serve;main.inner 1"].sort(),
  );
  const { frames, strings } = profile;
  expect(strings.get(frames.file[1]!)).toBe("/usr/lib/go/src/net/http/server.go");
  expect([...frames.line]).toEqual([12, 1950, 19, 18]);
  expect([...frames.inlined]).toEqual([1, 0, 0, 0]);
  expect(profile.labelSets.slice(1)).toEqual([
    [{ key: "state", value: "running" }],
    [
      { key: "state", value: "chan receive" },
      { key: "waiting", value: 720e9, unit: "nanoseconds" },
      { key: "locked to thread", value: "true" },
      { key: "created by", value: "main.main" },
    ],
  ]);
  expect(profile.threads[1]).toEqual({ name: "goroutine 27", tid: 27 });
});

it("says where Go left out frames", async () => {
  const profile = await readWith(
    goStacksReader,
    "goroutine 1 [running]:\nmain.f()\n\t/a.go:1\n...additional frames elided...\nmain.g()\n\t/a.go:2\nmain.cut(",
  );
  expect(noteCodes(profile)).toEqual(["frames-elided×1"]);
  expect(foldedOf(profile)).toEqual(["main.cut(;main.g;[frames elided];main.f 1"]);
});

it("refuses a file without goroutines and knows its own", async () => {
  expect((await readingError(goStacksReader, "panic: boom\n\tx\n")).code).toBe("malformed");
  expect(goStacksReader.sniff(headOf(DUMP))).toBe("yes");
  expect(goStacksReader.sniff(headOf("goroutine profile: total 7\n1 @ 0x1\n"))).toBe("no");
});
