/** What a page is made of besides its profile. */
export interface PageParts {
  /** Content of the CSP meta element. */
  readonly policy: string;
  readonly style: string;
  /** The whole viewer: the page, and what its Worker runs. */
  readonly script: string;
}

/** Where the profiles go: behind the script, so that the page is there before they have all come. */
const PROFILES = "<!--profiles-->";

/**
 * The viewer in one file, without a profile: a page that works by itself, and the template of pages with profiles.
 * The build makes it, and a page that exports itself makes it again from its own elements; both must give the very
 * same style and script, because the policy names their hashes.
 */
export function pageHtml({ policy, style, script }: PageParts): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="Flambeau">
<title>Flambeau</title>
<link rel="icon" href="data:,">
<style id="flambeau-style">${style}</style>
</head>
<body>
<div id="app"></div>
<noscript>This flame graph needs JavaScript. It loads nothing from the network.</noscript>
<script id="flambeau-script">${script}</script>
${PROFILES}
</body>
</html>
`;
}

/** The template's two halves, around the profiles. */
export function splitTemplate(template: string): readonly [before: string, after: string] {
  const at = template.lastIndexOf(PROFILES);
  if (at < 0) throw new Error("the template has no place for profiles");
  return [template.slice(0, at), template.slice(at + PROFILES.length)];
}

/** Selects the elements of {@link PageParts} in a page. */
export const PARTS = {
  policy: 'meta[http-equiv="Content-Security-Policy"]',
  style: "#flambeau-style",
  script: "#flambeau-script",
} as const;
