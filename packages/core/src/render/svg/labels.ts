/**
 * What of a label fits into `pixels`: as many characters as their mean width allows, the last two dots where it
 * is cut, nothing where there is no room for one character and the dots.
 */
export function fitLabel(
  text: string,
  pixels: number,
  characterWidth: number,
  truncate: "left" | "right",
): string {
  const room = Math.trunc(pixels / characterWidth);
  if (room < 3) return "";
  if (text.length <= room) return text;
  // Counted in code points, so that no surrogate pair is split. A name may be huge: look no further than needed.
  const near = truncate === "right" ? text.slice(0, room * 2 + 2) : text.slice(-(room * 2 + 2));
  const characters = [...near];
  if (characters.length <= room) return text;
  return truncate === "right"
    ? `${characters.slice(0, room - 2).join("")}..`
    : `..${characters.slice(characters.length - room + 2).join("")}`;
}
