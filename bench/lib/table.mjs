/** A Markdown table of one part: seconds, peak memory, and how many times as long as the first row each took. */
export function markdown({ title, rows }) {
  const lines = [
    `### ${title}`,
    "",
    "| | time | peak memory | times flambeau's time |",
    "|---|---|---|---|",
    ...rows.map(
      ({ name, seconds, memory, ratio }) =>
        `| ${name} | ${duration(seconds)} | ${megabytes(memory)} | ${ratio.toFixed(ratio < 10 ? 2 : 1)}× |`,
    ),
  ];
  return `${lines.join("\n")}\n`;
}

function duration(seconds) {
  return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(2)} s`;
}

function megabytes(bytes) {
  return Number.isNaN(bytes) ? "not measured" : `${Math.round(bytes / 1e6)} MB`;
}
