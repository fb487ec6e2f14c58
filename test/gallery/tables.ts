import type { Entry, Group } from './entry.ts';

/** What each family has in common, and where it was found. */
const FAMILIES: Readonly<Record<Group, string>> = {
  E1: 'The carried state is masked',
  E2: 'A mask that is never reset, and options that are taken and not used',
  E3: 'The drop rate for the keep rate, and gradients through dropped units',
  E4: 'An LSTM without a cell',
  E5: 'Zones the wrong way round, or swapped, or shared, or not handed on',
  E6: 'Output and state differ after the zones',
  E7: 'Zoneout that evaluation does not know of',
  E8: 'Raw weights written over, packed data masked row by row, a bias added twice',
  E9: 'Masks that the gradient does not see, drawn at construction, shared by the batch',
  E10: 'Masks at the wrong time: in evaluation, once a minibatch, once for all',
  E11: 'Locked dropout over the wrong axis',
  E12: 'Frozen masks, and a rate read from somewhere else',
  E13: 'Input dropout at inference',
  E14: 'Drawn at each step, and called variational; or the reverse',
  ours: 'Not seen in published code, or seen once and of another kind',
};

const BEGIN = '<!-- the gallery: npx tsx test/gallery/write-tables.ts -->';
const END = '<!-- end of the gallery -->';

/** The gallery as tables of markdown, a family each. */
export function galleryTables(layers: readonly Entry[], cells: readonly Entry[], plans: readonly Entry[]): string {
  const entries = [
    ...layers.map((entry) => ({ ...entry, kind: '' })),
    ...cells.map((entry) => ({ ...entry, kind: ' (cell)' })),
    ...plans.map((entry) => ({ ...entry, kind: ' (plan)' })),
  ];
  return (Object.keys(FAMILIES) as Group[])
    .map((group) => {
      const rows = entries.filter((entry) => entry.group === group).map(row);
      const title = group === 'ours' ? 'Others' : group;
      return [
        `### ${title}: ${lowerFirst(FAMILIES[group])}`,
        '',
        '| implementation | what is wrong | caught by |',
        '| --- | --- | --- |',
        ...rows,
      ].join('\n');
    })
    .join('\n\n');
}

/** A page with the tables in their place. */
export function withTables(page: string, tables: string): string {
  const [before, rest = ''] = page.split(BEGIN);
  const [, after = ''] = rest.split(END);
  return `${before}${BEGIN}\n\n${tables}\n\n${END}${after}`;
}

function row({ name, kind, says, caughtBy, missed }: Entry & { readonly kind: string }): string {
  return `| ${name}${kind} | ${says} | ${missed ? 'not yet: ' : ''}\`${caughtBy}\` |`;
}

const lowerFirst = (text: string): string => (/^[A-Z][A-Z]/.test(text) ? text : text[0]?.toLowerCase() + text.slice(1));
