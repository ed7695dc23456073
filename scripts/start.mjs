// `npm start`: on a fresh clone, installs, builds, and draws the example profile.
// `npm start -- FILE… [options]`: the same for any profile, with the options of `flambeau`.
if (Number(process.versions.node.split(".")[0]) < 20) {
  console.error(`Flambeau needs Node.js 20 or newer; this is ${process.version}. See https://nodejs.org.`);
  process.exit(1);
}
import("./setup/start.mjs").then(({ start }) => start(process.argv.slice(2)));
