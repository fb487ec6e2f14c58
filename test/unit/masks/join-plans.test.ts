import {
  fold,
  gaussian,
  key,
  none,
  type Plan,
  type Scheme,
  SiteError,
  sample,
  variational,
  weightDrop,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { joinPlans } from '../../../src/masks/join-plans.ts';

const batch = 3;
const extents = { batch, time: 4, inputSize: 2, hiddenSize: 5, gates: 4 };
const drawn = (scheme: Scheme, passes: number): Plan[] =>
  Array.from({ length: passes }, (_, pass) => sample(scheme, fold(key(1), pass), extents));

describe('joinPlans', () => {
  const schemes: readonly (readonly [string, Scheme])[] = [
    ['tied', variational({ input: 0.3, recurrent: 0.4 })],
    ['untied, per step', [{ site: 'recurrent', rate: 0.4, tied: false, scope: 'step' }]],
    ['shared by the batch', [{ site: 'update', rate: 0.4, shared: ['batch'], scope: 'step' }]],
    ['shared by units', [{ site: 'zoneHidden', rate: 0.4, shared: ['unit'], scope: 'step' }]],
    ['of numbers', gaussian({ input: 0.3, output: 0.2 })],
  ];

  test.each(schemes)('each row has the values that it has in its own pass: %s', (_, scheme) => {
    const plans = drawn(scheme, 6);
    const joined = joinPlans(plans, batch);
    expect(joined.sites).toEqual(plans[0]?.sites);
    for (const [pass, { masks }] of plans.entries()) {
      for (const mask of Object.values(masks)) {
        const found = joined.masks[mask.rule.site];
        expect(found).toMatchObject({ scale: mask.scale, sizes: { row: 6 * batch } });
        expect(found?.values.constructor).toBe(mask.values.constructor);
        for (let gate = 0; gate < 4; gate++) {
          for (let time = 0; time < 4; time++) {
            for (let row = 0; row < batch; row++) {
              for (let unit = 0; unit < 2; unit++) {
                const place = { gate, time, unit };
                expect(found?.at({ ...place, row: pass * batch + row })).toBe(mask.at({ ...place, row }));
              }
            }
          }
        }
      }
    }
  });

  test('a joined plan is one for its rows: it can be saved', () => {
    const { update } = joinPlans(drawn([{ site: 'update', rate: 0.4, shared: ['batch'] }], 2), batch).toJSON();
    expect(update).not.toHaveProperty('shared');
    expect(update?.mask).toHaveLength(2 * batch);
  });

  test('no plans are no dropout', () => {
    expect(joinPlans([], batch)).toEqual(none());
  });

  test('one plan stays what it is, also of weights, which several passes cannot share', () => {
    const [one, other] = drawn(weightDrop({ recurrent: 0.3 }), 2) as [Plan, Plan];
    expect(joinPlans([one], batch)).toBe(one);
    expect(() => joinPlans([one, other], batch)).toThrow(SiteError);
  });
});
