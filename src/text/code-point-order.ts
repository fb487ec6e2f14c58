/** Compares texts by code point, for sorting: the same order on every machine, whatever its language. */
export function byCodePoint(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = rank(a.charCodeAt(i)) - rank(b.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/**
 * UTF-16 writes the code points above U+FFFF with units from 0xD800 to 0xDFFF, so comparing plain units puts them
 * before U+E000 .. U+FFFF. Moving these units to the end gives the order of the code points.
 */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
