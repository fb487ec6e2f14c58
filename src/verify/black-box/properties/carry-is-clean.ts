import type { CellKind, Fault } from '../decoding/cell-step.ts';
import { type Edit, editPlaces, type Place } from '../decoding/hypothesis.ts';
import type { StructureProperty } from '../structure-property.ts';

/** Fails, by `judgeStructure` of ../structure-property.ts, where one of {@link carryEdits} explains the outputs and the claims do not. */
export const carryIsClean: StructureProperty = {
  name: 'carry-is-clean',
  right: 'the state is carried as the equations say, and what is handed on is the state',
  applies: () => true,
  describe: ({ says }) => says,
};

/** What can be wrong with the state that is carried, likelier faults first. */
export function carryEdits(kind: CellKind): Edit[] {
  return [
    // What enters the product with U is dropped with it, so that its site has nothing left to drop.
    editPlaces({ property: carryIsClean.name, says: 'the h that is carried is dropped too' }, (places) =>
      places.set('carriedHidden', null).delete('recurrent'),
    ),
    carriedDropped('carriedHidden', 'h'),
    faulty('carries what it hands on', 'what is handed on, dropped, is carried'),
    ...(kind === 'lstm'
      ? [
          faulty('reads the zoned cell', 'h reads the cell after its zone, rather than before (Krueger et al., eq. 5)'),
          carriedDropped('carriedCell', 'c'),
        ]
      : []),
    faulty('hands on the state before its zone', 'what is handed on is not what is carried: it has no zone'),
    faulty('carries the state before its zone', 'what is carried is not what is handed on: it has no zone'),
  ];
}

function carriedDropped(place: Place, part: string): Edit {
  const says = `the ${part} that is carried is dropped`;
  return editPlaces({ property: carryIsClean.name, says }, (places) => places.set(place, null));
}

function faulty(fault: Fault, says: string): Edit {
  return (hypothesis) => ({
    ...hypothesis,
    fault,
    differences: [...hypothesis.differences, { property: carryIsClean.name, says }],
  });
}
