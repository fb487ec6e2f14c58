import { spaceOf } from 'keepgate/search';
import {
  type Entry,
  scoreEntry,
  stateEntry,
  studyAttribute,
  studyEntry,
  trialAttribute,
  trialEntries,
} from '../../src/search/journal/entries.ts';

const SPACE = spaceOf({
  scheme: ['none', 'variational(recurrent={r})'],
  r: [0, 0.6],
  units: [4, 64],
  learningRate: { log: [1e-4, 1e-2] },
  bidirectional: [true, false],
});

/** The journal of a study of three trials, in groups that are written together. @param now the time of day */
export function journalEntries(now: string): readonly (readonly Entry[])[] {
  const { dimensions } = SPACE;
  const none = { scheme: 'none', bidirectional: false, learningRate: 0.0031, units: 17 };
  const variational = {
    scheme: 'variational(recurrent={r})',
    bidirectional: true,
    learningRate: 0.0001,
    r: 0.25,
    units: 64,
  };
  return [
    [studyEntry('a study', 'max'), studyAttribute('keepgate:study', { seeds: [1, 2] })],
    trialEntries(0, none, dimensions, now),
    trialEntries(1, variational, dimensions, now),
    [trialAttribute(0, 'keepgate:jobs', ['j-1', 'j-2']), scoreEntry(0, 1, 0.5)],
    [scoreEntry(1, 1, 0.75), scoreEntry(1, 3, 0.8125)],
    trialEntries(2, none, dimensions, now),
    [trialAttribute(2, 'keepgate:failed', 'no room')],
    [stateEntry(0, 'pruned', 0.5, now), stateEntry(1, 'complete', 0.8125, now), stateEntry(2, 'failed', null, now)],
  ];
}
