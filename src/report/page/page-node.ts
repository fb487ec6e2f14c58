import type { ComponentChild } from 'preact';
import { type H, type Section, sectionNode } from './markup.ts';
import { STYLE } from './style.ts';

/** What a page may load: nothing but what is in it. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/** A number that the page begins with, and what it says. */
export type Tile = readonly [name: string, value: string, more: string];

export interface PageOptions {
  readonly title: string;
  readonly verdict: ComponentChild;
  readonly tiles: readonly Tile[];
  readonly sections: readonly Section[];
  readonly footer: ComponentChild;
}

/** A page that stands alone: no script, and no request. */
export function pageNode(h: H, { title, verdict, tiles, sections, footer }: PageOptions): ComponentChild {
  const head = h(
    'head',
    null,
    h('meta', { charset: 'utf-8' }),
    h('meta', { 'http-equiv': 'Content-Security-Policy', content: POLICY }),
    h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    h('title', null, title),
    h('link', { rel: 'icon', href: 'data:,' }),
    h('style', { dangerouslySetInnerHTML: { __html: STYLE } }),
  );
  const header = h(
    'header',
    null,
    h('h1', null, h('bdi', null, title)),
    verdict,
    tilesNode(h, tiles),
    h(
      'nav',
      { 'aria-label': 'Sections' },
      h(
        'ul',
        null,
        sections.map(({ id, title: name }) => h('li', null, h('a', { href: `#${id}` }, name))),
      ),
    ),
  );
  return h(
    'html',
    { lang: 'en' },
    head,
    h(
      'body',
      null,
      header,
      h(
        'main',
        null,
        sections.map((one) => sectionNode(h, one)),
      ),
      footer,
    ),
  );
}

function tilesNode(h: H, tiles: readonly Tile[]): ComponentChild {
  return h(
    'dl',
    { class: 'tiles' },
    tiles.map(([name, value, more]) =>
      h('div', null, h('dt', null, name), h('dd', null, value, h('small', null, more))),
    ),
  );
}
