import type { ComponentChild } from 'preact';
import { shortName } from '../run/in-words.ts';
import { type Csv, csvHref } from './csv.ts';

/** Makes an element: of preact, which is loaded by those who make a page. */
export type H = typeof import('preact').h;

/** A number stands at the right; what is long may be broken anywhere. */
export type Cell = string | { readonly number: string } | { readonly node: ComponentChild; readonly long?: true };

export interface TableOptions {
  /** What is in it: said aloud, and shown where `captioned`. */
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  readonly captioned?: boolean;
}

/** A table that scrolls by itself where it is too wide. The first cell of a row is its heading. */
export function table(h: H, { caption, head, rows, captioned = false }: TableOptions): ComponentChild {
  const isNumber = head.map((_, i) => rows.some((row) => typeof row[i] === 'object' && 'number' in row[i]));
  const isLong = head.map((_, i) => rows.some((row) => typeof row[i] === 'object' && 'long' in row[i]));
  const at = (i: number): { class?: string } =>
    isNumber[i] ? { class: 'number' } : isLong[i] ? { class: 'text' } : {};
  const shown = (cell: Cell): ComponentChild =>
    typeof cell === 'string' ? cell : 'number' in cell ? cell.number : cell.node;
  const line = (row: readonly Cell[]): ComponentChild =>
    h(
      'tr',
      null,
      row.map((cell, i) => (i === 0 ? h('th', { scope: 'row', ...at(i) }, shown(cell)) : h('td', at(i), shown(cell)))),
    );
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': caption },
    h(
      'table',
      null,
      h('caption', captioned ? null : { class: 'aloud' }, caption),
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          head.map((name, i) => h('th', { scope: 'col', ...at(i) }, name)),
        ),
      ),
      h('tbody', null, rows.map(line)),
    ),
  );
}

export interface FigureOptions {
  /** What is to be seen, in a sentence: of the data, and not of the picture. */
  readonly caption: ComponentChild;
  /** What the picture is, for those who do not see it. */
  readonly label: string;
  /** The same chart for a wide and for a narrow page. */
  readonly wide: string;
  readonly narrow: string;
  /** The numbers, as far as they are read. */
  readonly numbers: TableOptions;
  readonly csv: Csv;
}

/** A chart, what it shows in words, and its numbers. */
export function figure(h: H, { caption, label, wide, narrow, numbers, csv }: FigureOptions): ComponentChild {
  const drawn = (name: string, svg: string): ComponentChild =>
    h('div', { class: name, dangerouslySetInnerHTML: { __html: svg } });
  return h(
    'figure',
    null,
    h('figcaption', null, caption),
    h('div', { class: 'chart', role: 'img', 'aria-label': label }, drawn('wide', wide), drawn('narrow', narrow)),
    folded(h, 'Numbers', [table(h, numbers), csvLink(h, csv)]),
  );
}

/** Hands out all numbers of a figure. */
export function csvLink(h: H, csv: Csv): ComponentChild {
  const file = `${csv.name}.csv`;
  return h('p', { class: 'quiet' }, 'All of them: ', h('a', { download: file, href: csvHref(csv) }, file));
}

export function folded(h: H, summary: string, content: ComponentChild): ComponentChild {
  return h('details', null, h('summary', null, summary), content);
}

/** A part of the page, with its heading. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly content: readonly ComponentChild[];
}

export function sectionNode(h: H, { id, title, content }: Section): ComponentChild {
  return h('section', { id, 'aria-labelledby': `${id}-title` }, h('h2', { id: `${id}-title` }, title), content);
}

/** A text of a user's, whichever way it is written. */
export function foreign(h: H, text: string): ComponentChild {
  return h('bdi', null, text);
}

/** The name of a class of a user's, as far as it is read. */
export function className(h: H, name: string): ComponentChild {
  return foreign(h, shortName(name));
}

/** Names and values, one a line. */
export function facts(h: H, pairs: readonly (readonly [name: string, value: ComponentChild])[]): ComponentChild {
  return h(
    'dl',
    null,
    pairs.map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, value))),
  );
}
