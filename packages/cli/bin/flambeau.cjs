#!/usr/bin/env node
// What package managers link to; the command itself is bundled into dist/ by `npm run build`.
// The server's engine runs its queries on libuv's threads, whose number is fixed when the first of them is used:
// before any ES module is loaded, which is why this file is not one.
if (process.argv[2] === "serve") process.env.UV_THREADPOOL_SIZE ??= "12";
import("../dist/main.js");
