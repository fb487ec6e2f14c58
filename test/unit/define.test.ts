import {
  type Config,
  type Configured,
  defineLayer,
  defineLoss,
  defineSchedule,
  dense,
  dropout,
  lstm,
  meanSquaredError,
  ModelError,
  OptionError,
  sgd,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { define, expectMade, type Maker, restoreBy } from '../../src/define.ts';
import { LAYERS } from '../../src/layers/restore.ts';
import { LOSSES } from '../../src/train/losses/losses.ts';
import { expectRefusal } from '../helpers/refusals.ts';

/** The simplest thing there is. */
interface Thing extends Configured {
  readonly size: number;
}

function thingOf(type: string): Maker<[{ readonly size: number }], Thing> {
  return define({ type, make: ({ size }) => ({ config: { size }, size }) });
}

type Definer = (definition: never) => () => unknown;
const DEFINERS = [defineLayer, defineLoss, defineSchedule] as readonly Definer[];

/** A maker of things with any config. */
function holding(config: unknown): () => Configured {
  return define<[], Configured>({ type: 'holder', make: () => ({ config: config as object & Config }) });
}

describe('what a maker makes', () => {
  test('cannot be changed, nor can its config or its maker', () => {
    const made = [dense({ units: 2 }), lstm({ units: 2 }), sgd(), thingOf('thing')({ size: 1 })];
    for (const thing of made) {
      expect(() => Object.assign(thing, { run: () => {} })).toThrow(TypeError);
      expect(() => Object.assign(thing.config, { units: 9 })).toThrow(TypeError);
    }
    expect(() => (holding({ deep: [{ list: [1] }] })().config.deep as { list: number[] }[])[0]?.list.push(2)).toThrow(
      TypeError,
    );
    expect(() => Object.assign(dense, { type: 'other' })).toThrow(TypeError);
  });

  test('does not change with what its config was made of, which stays open', () => {
    const sizes = [1, 2];
    const { config } = holding({ sizes })();
    sizes.push(3);
    expect(config.sizes).toEqual([1, 2]);
  });

  test('is told from copies of it, whatever they keep', async () => {
    const made = thingOf('thing')({ size: 1 });
    expect(() => expectMade('save', 'layer', made)).not.toThrow();
    for (const copy of [{ ...made }, Object.create(made) as Thing]) {
      await expectRefusal(() => expectMade('save', 'layer', copy), ModelError, 'put together by hand', 'defineLayer()');
    }
  });
});

describe('a config that JSON cannot hold is refused when the thing is made', () => {
  const circle: Record<string, unknown> = {};
  circle.self = { circle };
  test.each<readonly [unknown, string]>([
    [{ f: () => 1 }, 'f is a function'],
    [{ a: { b: [1, Number.NaN] } }, 'a.b[1] is NaN'],
    [{ limit: Number.POSITIVE_INFINITY }, 'limit is Infinity'],
    [{ list: [undefined] }, 'list[0] is undefined'],
    [{ when: new Date(0) }, 'when is a Date'],
    [{ map: new Map() }, 'map is a Map'],
    [{ big: 5n }, 'big is a bigint'],
    [{ data: Float64Array.of(1) }, 'data is a Float64Array'],
    [circle, 'self.circle.self is inside of itself'],
  ])('%#', async (config, part) => {
    await expectRefusal(holding(config), OptionError, 'holder: ', part);
  });

  test('what it can hold stays as it is, but for options that are undefined', () => {
    const shared = { rate: 0.5 };
    const config = { text: 'a', none: null, yes: true, list: [shared, shared, []], nothing: {} };
    const { config: made } = holding({ ...config, left: undefined, inner: { left: undefined } })();
    expect(made).toStrictEqual({ type: 'holder', ...config, inner: {} });
    expect(JSON.parse(JSON.stringify(made))).toStrictEqual(made);
  });

  test('an option cannot take the place of the type', async () => {
    await expectRefusal(holding({ type: 'other' }), OptionError, 'holder: ', 'another name than type');
    expect(holding({ type: 'holder' })().config).toEqual({ type: 'holder' });
  });
});

describe('what is no definition', () => {
  const make = () => ({ config: {} });
  test.each([
    [null, 'null came'],
    [5, '5 came'],
    [{}, 'as type, but undefined came'],
    [{ type: '', make }, 'as type, but "" came'],
    [{ type: 7, make }, 'as type, but 7 came'],
    [{ type: 'a' }, 'as make of its definition, but undefined came'],
    [{ type: 'a', make: 'x' }, 'as make of its definition, but "x" came'],
    [{ type: 'a', make, parse: 1 }, 'as parse of its definition, but 1 came'],
  ])('%j', async (definition, part) => {
    for (const definer of DEFINERS) {
      await expectRefusal(() => definer(definition as never), OptionError, part);
    }
  });

  test.each([null, 5, 'x', {}, { config: null }, { config: [] }, Promise.resolve({ config: {} })])(
    'a make that gives %j',
    async (made) => {
      const definition = { type: 'mine', make: () => made } as never;
      for (const definer of DEFINERS) {
        await expectRefusal(() => definer(definition)(), OptionError, 'mine: make was expected to give', 'a config');
      }
    },
  );
});

describe('restoring', () => {
  test('what a maker cannot be made of is an error of the config, not of the program', async () => {
    const picky = define({ type: 'picky', make: ({ list }: { list: number[] }) => ({ config: { first: list[0] } }) });
    const config = { type: 'picky', list: null };
    const parts = ['layer: options that "picky" can be made of', '{ list: null } came', 'its maker threw "Cannot read'];
    await expectRefusal(() => restoreBy('layer', [picky], config), ModelError, ...parts);
    // Typed errors say enough.
    await expectRefusal(() => restoreBy('layer', LAYERS, { type: 'dense', units: 0 }), OptionError, 'dense: ');
  });
});

describe('a type of this package', () => {
  const mine = defineLayer<[]>({
    type: 'dense',
    make: () => ({ ...dropout({ rate: 0 }), config: {} }),
  });

  test('is not taken from it when a config is restored', async () => {
    const parts = ['layer: one maker of the type "dense" was expected, but two came', 'another name'];
    await expectRefusal(() => restoreBy('layer', [mine, ...LAYERS], { type: 'dense', units: 1 }), ModelError, ...parts);
    // Handed in once more it is still the same.
    expect(restoreBy('layer', [dense, ...LAYERS], { type: 'dense', units: 1 }).config).toMatchObject({ units: 1 });
  });

  test('is not lost when it is saved', async () => {
    const parts = ['save: a layer that can be loaded again was expected', '"dense" is a type of this package'];
    await expectRefusal(() => expectMade('save', 'layer', mine(), LAYERS), ModelError, ...parts);
    for (const maker of [dense({ units: 1 }), LAYERS[0]?.fromConfig({ vocabulary: 1, units: 1 }, () => mine())]) {
      expect(() => expectMade('save', 'layer', maker as Configured, LAYERS)).not.toThrow();
    }
    for (const maker of LOSSES) {
      const made = maker.type === 'byHead' ? maker({ y: meanSquaredError() }, {}) : maker();
      expect(() => expectMade('save', 'loss', made, LOSSES)).not.toThrow();
    }
  });
});
