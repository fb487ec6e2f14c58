import { readdirSync } from 'node:fs';
import { fold, Plan, parseScheme, type Recurrent, resolveScheme, Tensor } from 'keepgate';
import { type CellSubject, verify } from 'keepgate/verify';
import { describe, expect, test } from 'vitest';
import { lstm } from '../../../src/cells/lstm.ts';
import { Mask } from '../../../src/masks/mask.ts';
import { LAWS } from '../../../src/verify/laws/laws.ts';
import { Broken } from '../../../src/verify/white-box/compare.ts';
import { changeMasks } from '../../../src/verify/white-box/plan-masks.ts';
import { makeTrial, type Trial } from '../../../src/verify/white-box/trial.ts';
import { generate, mapValues } from '../../helpers/tensors.ts';
import { cellWith, REMEMBERS, WRONG_CELLS } from './wrong-cells.ts';

const subject = (cell: CellSubject['cell'], dropout: string): CellSubject => ({
  name: cell.name,
  cell,
  claims: parseScheme(dropout),
});

/** The laws that fail, by name. */
async function broken(cell: CellSubject['cell'], dropout: string): Promise<readonly string[]> {
  const { properties } = await verify(subject(cell, dropout));
  return properties.filter(({ passed }) => !passed).map(({ name }) => name);
}

test('one law a file, named alike', () => {
  const files = readdirSync(new URL('../../../src/verify/laws', import.meta.url)).filter((file) => file !== 'laws.ts');
  expect(LAWS.map(({ name }) => `${name}.ts`).sort()).toEqual(files.sort());
  const tests = readdirSync(new URL('../../property', import.meta.url));
  expect(tests).toEqual(expect.arrayContaining(LAWS.map(({ name }) => `${name}.test.ts`)));
});

describe('a cell that is right keeps every law', () => {
  test.each([...new Set(WRONG_CELLS.map(({ dropout }) => dropout))])('%s', async (dropout) => {
    expect(await broken(cellWith('right'), dropout)).toEqual([]);
  });
});

describe('a wrong cell breaks the law that names its fault', () => {
  test.each(WRONG_CELLS)('$law: $cell.name', async ({ law, cell, dropout }) => {
    expect(await broken(cell, dropout)).toContain(law);
  });

  test('what remembers breaks the laws of evaluation too', async () => {
    expect(await broken(REMEMBERS.cell, REMEMBERS.dropout)).toEqual(
      expect.arrayContaining([
        'rate-zero-is-bare-cell',
        'eval-is-bare-cell',
        'evaluation-draws-nothing',
        'evaluation-changes-no-weight',
        'replay',
        'sequence-mask-is-fixed',
        'loop-equals-layer',
      ]),
    );
  });
});

/** A trial whose layer is not right: what a law says about masks and weights is for the layer, not for the cell. */
function tamperedTrial(dropout: string, tamper: (layer: Recurrent) => Partial<Recurrent>): Trial {
  const setting = { batch: 4, time: 6, inputSize: 40, hiddenSize: 40, stack: { layers: 1, bidirectional: false } };
  const trial = makeTrial(lstm, resolveScheme(parseScheme(dropout)), { ...setting, ragged: false, seed: 4 });
  const changed = tamper(trial.layer);
  const layer = new Proxy(trial.layer, {
    get: (target, name) => {
      if (Object.hasOwn(changed, name)) return changed[name as keyof Recurrent];
      const value = target[name as keyof Recurrent];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { ...trial, layer };
}

const inverted = (plan: Plan): Plan =>
  changeMasks(plan, ({ mask }) => ({ mask: generate(mask.shape, (index) => 1 - mask.at(...index)) }));

const FAULTS: readonly {
  readonly law: string;
  readonly fault: string;
  readonly dropout?: string;
  readonly tamper: (layer: Recurrent) => Partial<Recurrent>;
}[] = [
  {
    law: 'adding-a-scheme',
    fault: 'masks that depend on how many sites there are',
    tamper: (layer) => ({
      sample: (scheme, key, sizes) => layer.sample(scheme, fold(key, scheme.length), sizes),
    }),
  },
  {
    law: 'sharding',
    fault: 'masks that forget which samples they are for',
    tamper: (layer) => ({ sample: (scheme, key, { first: _, ...sizes }) => layer.sample(scheme, key, sizes) }),
  },
  {
    law: 'step-mask-differs',
    fault: 'one mask repeated at each step',
    dropout: 'naive(input=0.3)',
    tamper: (layer) => ({
      sample: (...args) =>
        layer
          .sample(...args)
          .map((plan) =>
            changeMasks(plan, ({ mask }) => ({ mask: generate(mask.shape, ([b = 0, , n = 0]) => mask.at(b, 0, n)) })),
          ),
    }),
  },
  {
    law: 'sequence-mask-is-fixed',
    fault: 'a fixed mask with an axis of steps',
    dropout: 'naive(input=0.3)',
    tamper: (layer) => ({
      sample: (...args) =>
        layer.sample(...args).map(({ masks, sites, drawn }) => {
          const fixed = Object.values(masks).map(
            ({ rule, values, scale, sizes }) => new Mask({ ...rule, scope: 'sequence' }, values, scale, sizes),
          );
          return new Plan(fixed, sites, drawn);
        }),
    }),
  },
  {
    law: 'replay',
    fault: 'a plan that saves its masks the wrong way round',
    tamper: (layer) => ({
      sample: (...args) =>
        layer.sample(...args).map((plan) =>
          Object.assign(new Plan(Object.values(plan.masks), plan.sites, true), {
            toJSON: () => inverted(plan).toJSON(),
          }),
        ),
    }),
  },
  {
    law: 'raw-weights-untouched',
    fault: 'dropped weights that stay dropped',
    dropout: 'weightDrop(recurrent=0.3)',

    tamper: (layer) => ({
      forward: (...args) => {
        const dropped = mapValues(
          layer.getWeights(),
          ({ shape, data }) =>
            new Tensor(
              data.map((v, i) => (i % 3 ? v : 0)),
              shape,
            ),
        );
        layer.setWeights(dropped);
        return layer.forward(...args);
      },
    }),
  },
];

describe('a wrong layer breaks the law that names its fault', () => {
  test.each(FAULTS)('$law: $fault', async ({ law: name, dropout = 'variational(input=0.3)', tamper }) => {
    const law = LAWS.find((one) => one.name === name);
    await law?.check(tamperedTrial(dropout, () => ({})));
    await expect((async () => law?.check(tamperedTrial(dropout, tamper)))()).rejects.toThrow(Broken);
  });
});

test('every law is seen to fail', async () => {
  const ofRemembering = await broken(REMEMBERS.cell, REMEMBERS.dropout);
  const seen = new Set([...WRONG_CELLS, ...FAULTS].map(({ law }) => law).concat(ofRemembering));
  expect(LAWS.map(({ name }) => name).filter((name) => !seen.has(name))).toEqual([]);
});
