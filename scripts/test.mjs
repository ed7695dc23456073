// `npm test`: installs what is missing, builds, checks, and runs every test. What .ci/run calls.
if (Number(process.versions.node.split(".")[0]) < 20) {
  console.error(`Flambeau needs Node.js 20 or newer; this is ${process.version}. See https://nodejs.org.`);
  process.exit(1);
}
import("./setup/test.mjs").then(({ test }) => test(process.argv.slice(2)));
