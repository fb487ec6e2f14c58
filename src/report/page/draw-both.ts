import { type ChartLibrary, type ChartSize, drawChart } from '../charts/chart-library.ts';
import { SIZES } from '../charts/chart-style.ts';

/** A chart for a wide and for a narrow page, as SVG. */
export type Draw = (
  id: string,
  option: object | ((size: ChartSize, narrow: boolean) => object),
  heights?: { readonly wide: number; readonly narrow: number },
) => { readonly wide: string; readonly narrow: string };

/** Draws with this library. */
export function drawBoth(library: ChartLibrary): Draw {
  return (id, option, heights) => {
    const draw = (name: 'wide' | 'narrow'): string => {
      const size = { ...SIZES[name], height: heights?.[name] ?? SIZES[name].height };
      const described = typeof option === 'function' ? option(size, name === 'narrow') : option;
      return cleaned(drawChart('report', library, size, described), `${id}-${name}`);
    };
    return { wide: draw('wide'), narrow: draw('narrow') };
  };
}

/**
 * An image and no more: what the library notes for scripts, and how marks change under a pointer, is left out. Ids are the
 * same each time, and differ from those of other charts in the page: the library counts all that it ever drew.
 */
function cleaned(svg: string, id: string): string {
  const own = new Map<string, string>();
  const base = id.replaceAll(/[^a-zA-Z0-9]+/g, '-');
  return svg
    .replaceAll(/<style.*?<\/style>/gs, '')
    .replaceAll(/ (ecmeta_[a-z_]+|class|pointer-events)="[^"]*"/g, '')
    .replaceAll(/\bzr\d+-\w+/g, (name) => {
      const known = own.get(name) ?? `${base}-${own.size}`;
      own.set(name, known);
      return known;
    })
    .replace('<svg ', '<svg aria-hidden="true" focusable="false" ');
}
