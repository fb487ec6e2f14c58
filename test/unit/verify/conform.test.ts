import { readFileSync } from 'node:fs';
import { conform, createEngine, DataError, expectFixtures, type Fixture } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { expectRefusal } from '../../helpers/refusals.ts';

const path = new URL('../../golden/recurrent.json', import.meta.url);
const [plain] = JSON.parse(readFileSync(path, 'utf8')) as [Fixture];
const engine = await createEngine('reference');

describe('a case that leaves something uncompared is refused', () => {
  test.each<[string, object]>([
    ['training', { training: 'yes' }],
    ['grads', { grads: [] }],
    ['sites', { sites: 5 }],
    ['cell', { cell: 'mgu' }],
    ['hiddenSize', { hiddenSize: 0 }],
    ["gradient 'weight_ih'", { grads: {} }],
    ["gradient 'c0'", { grads: { ...plain.grads, c0: undefined } }],
  ])('%s', async (field, change) => {
    await expectRefusal(() => expectFixtures([plain, { ...plain, ...change }]), DataError, 'case 1', field);
  });

  test.each([[null], [{}], [[]], ['text']])('%j', async (value) => {
    await expectRefusal(() => expectFixtures(value), DataError, 'a list of cases was expected');
  });
});

test('a case that does not hold together is named', async () => {
  const broken = { ...plain, x: [[[1, 2]]] };
  await expectRefusal(() => conform(broken, engine), DataError, 'case "lstm/plain"', 'forward: x');
});

test('a wrong value is seen, wherever it is', async () => {
  const shifted = async (change: Partial<Fixture>): Promise<string[]> => {
    const { errors } = await conform({ ...plain, ...change }, engine);
    return Object.keys(errors).filter((name) => !((errors[name] as number) < 1e-9));
  };
  const nudge = (values: Fixture['y']): Fixture['y'] =>
    Array.isArray(values) ? values.map(nudge) : (values as number) + 1e-6;
  expect(await shifted({})).toEqual([]);
  expect(await shifted({ y: nudge(plain.y) })).toEqual(['y']);
  expect(await shifted({ loss: plain.loss + 1e-6 })).toEqual(['loss']);
  expect(await shifted({ grads: { ...plain.grads, weight_hh: nudge(plain.grads.weight_hh as Fixture['y']) } })).toEqual(
    ['dweight_hh'],
  );
});
