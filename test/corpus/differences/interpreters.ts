/** An expectation of another tool that we do not meet on purpose. */
interface InterpreterDifference {
  readonly id: string;
  /** File below the corpus folder. */
  readonly file: string;
  readonly reason: string;
}

/** Where our reading of interpreters' profiles differs from what another tool expects, on purpose. */
export const interpreterDifferences: readonly InterpreterDifference[] = [
  {
    id: "v8-log-json-names",
    file: "v8-isolate-log/jlfwong__speedscope__simple.v8log.json.zip",
    reason:
      "speedscope marks what is no function of JavaScript in its name ((c++), (LIB), (IC)), cuts C++ names at the first bracket, " +
      "names anonymous functions after their file, and weighs a sample by the time since the one before; we keep names, " +
      "and a sample lasts until the next, as in V8's CPU profiles",
  },
];
