/**
 * The script of the one-file page. The page and its Worker run the same text: the Worker is made from a Blob of the
 * very script element that started the page, so that the core is in the file once.
 */
if (typeof document === "undefined") {
  void import("../data/worker.ts");
} else {
  void import("./one-file-page.ts").then(({ startPage }) => startPage());
}
