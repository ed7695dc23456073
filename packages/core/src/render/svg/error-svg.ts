import { xmlText } from "./xml.ts";

/** A picture that holds only a message, for pipelines that expect a picture whatever happens. */
export function renderErrorSvg(message: string): string {
  return `<?xml version="1.0" standalone="no"?>
<svg version="1.1" width="1200" height="60" viewBox="0 0 1200 60" xmlns="http://www.w3.org/2000/svg" font-family="Verdana,'DejaVu Sans',sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#f8f8f8"/>
<text x="600" y="34" text-anchor="middle" fill="#b00000">ERROR: ${xmlText(message)}</text>
</svg>
`;
}
