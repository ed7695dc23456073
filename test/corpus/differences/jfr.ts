/** How our JFR reader differs on purpose from what grafana's jfr-parser expects: one text for another. */
export const jfrDifference = {
  id: "jfr-native-line",
  theirs: ":4294967295",
  ours: ":0",
  reason: "A native method's line is -1; jfr-parser writes it as 4294967295, to us it has none.",
} as const;
