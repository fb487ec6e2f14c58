import {
  createEngine,
  dense,
  type EngineOption,
  type FitOptions,
  KeepgateError,
  key,
  lstm,
  type Model,
  type Ops,
  recurrent,
  type Recurrent,
  sequential,
  softmaxCrossEntropy,
  type Tensor,
  uniform,
  variational,
} from 'keepgate';
import { afterAll, describe, expect, test } from 'vitest';
import { createSimdEngine } from '../../src/engines/simd/engine.ts';
import { fold } from '../../src/random/key.ts';
import { range } from '../helpers/tensors.ts';

// Whoever reads weights reads those of one moment, whatever happens to the model meanwhile: a model is used in a random order
// without waiting, and what comes must be, to the bit, what a twin gives that is used step by step.

const INPUT = { kind: 'sequence', size: 2 } as const;
const numbers = (seed: number, count: number): number[] => [...uniform(key(seed), count, -1, 1)];
// Three batches of evaluation, so that a prediction goes over several awaits.
const X = range(0, 150).map((i) => range(0, 1 + (i % 3)).map((t) => numbers(1000 + 3 * i + t, 2)));
const Y = X.map((_, i) => i % 2);
const FEW = { x: X.slice(0, 8), y: Y.slice(0, 8) };

function network(engine: EngineOption): Model {
  return sequential([lstm({ units: 3, dropout: variational({ recurrent: 0.5 }) }), dense({ units: 2 })], { engine });
}

/** What changes a model: by name, with a number that tells it from others. */
type Change = readonly ['build' | 'setWeights' | 'fit' | 'dispose', number];
const READS = ['predict', 'glance', 'evaluate', 'predictMC', 'getWeights', 'save'] as const;
type Read = (typeof READS)[number];

function fitOptions(seed: number): FitOptions {
  return { key: key(seed), epochs: 2, batchSize: 4, loss: softmaxCrossEntropy() };
}

function read(model: Model, what: Read): Promise<unknown> {
  if (what === 'predict') return model.predict(X);
  // Of one batch: soon over.
  if (what === 'glance') return model.predict(X.slice(0, 2));
  if (what === 'evaluate') return model.evaluate({ x: X, y: Y }, { loss: softmaxCrossEntropy() });
  if (what === 'predictMC') return model.predictMC(X, { key: key(5), passes: 2 });
  return what === 'save' ? model.toFiles() : model.getWeights();
}

const given = new Map<number, Record<string, Tensor>>();

function change(model: Model, [what, seed]: Change): Promise<unknown> {
  if (what === 'build') return model.build(INPUT, key(seed));
  if (what === 'fit') return model.fit(FEW, fitOptions(seed));
  if (what === 'dispose') return model.dispose();
  // Another loss than that of `fit`: what it makes of outputs belongs to the weights.
  const loss = seed % 2 ? softmaxCrossEntropy() : null;
  return model.setWeights(given.get(seed) ?? {}, { input: INPUT, loss, updates: seed, epochs: 0 });
}

/** Everything that can be read of a model now, as text. */
async function readings(model: Model): Promise<Record<Read, string>> {
  const found: Partial<Record<Read, string>> = {};
  for (const what of READS) found[what] = await outcome(read(model, what));
  return found as Record<Read, string>;
}

/** Whatever comes, as text; an error that is not typed fails. */
async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    return JSON.stringify(await work, (_, value) => (value instanceof Uint8Array ? [...value].join() : value));
  } catch (error) {
    expect(error).toBeInstanceOf(KeepgateError);
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

/** The readings of each version that the changes make, one after the other. */
async function versionsOf(changes: readonly Change[], engine: EngineOption): Promise<Record<Read, string>[]> {
  const twin = network(engine);
  const versions = [await readings(twin)];
  for (const one of changes) {
    if (one[0] === 'fit') {
      // Weights that fit makes by itself can be read before its first step, and with the loss of before.
      const trainer = await twin.trainer(FEW, fitOptions(one[1]));
      versions.push(await readings(twin));
      while (!trainer.done) {
        if (trainer.atEndOfEpoch) await trainer.endEpoch();
        else await trainer.next();
        versions.push(await readings(twin));
      }
      await trainer.finish();
    } else await change(twin, one);
    versions.push(await readings(twin));
  }
  await twin.dispose();
  return versions;
}

const engines: Record<string, () => Promise<EngineOption>> = {
  reference: () => createEngine('reference'),
  'simd, 1 thread': () => createSimdEngine({ threads: 1 }),
  'simd, 2 threads': () => createSimdEngine({ threads: 2 }, { leastPart: 1 }),
  'gpu in mode cpu': () => createEngine('gpu', { mode: 'cpu' }),
  'simd by name, which ends with its last user': async () => 'simd',
};
const made: Ops[] = [];
afterAll(async () => {
  for (const ops of made) await ops.dispose();
});

async function engineOf(name: string): Promise<EngineOption> {
  const engine = await (engines[name] as () => Promise<EngineOption>)();
  if (typeof engine !== 'string') made.push(await engine);
  return engine;
}

/** Whole numbers below a limit, from a seed. */
function dice(seed: number): (sides: number) => number {
  let drawn = 0;
  return (sides) => Math.floor((uniform(fold(key(seed), drawn++), 1)[0] as number) * sides);
}

/** Let others go on for a while: not at all, some promises long, or until events had their turn. */
async function pause(roll: (sides: number) => number): Promise<void> {
  const kind = roll(4);
  if (kind === 1) for (let i = roll(20); i >= 0; i--) await null;
  if (kind === 2) await new Promise((resolve) => setImmediate(resolve));
  if (kind === 3) await new Promise((resolve) => setTimeout(resolve, roll(12)));
}

async function fillGiven(engine: EngineOption): Promise<void> {
  const donor = network(engine);
  for (const i of range(1, 5)) {
    await donor.build(INPUT, key(90 + i));
    given.set(i, await donor.getWeights());
  }
  await donor.dispose();
}

describe.each(Object.keys(engines))('on %s', (name) => {
  test.each<Change>([
    ['setWeights', 2],
    ['build', 3],
    ['fit', 4],
    ['dispose', 0],
  ])('a model that is read at every moment of %s', async (...last) => {
    const engine = await engineOf(name);
    await fillGiven(engine);
    const model = network(engine);
    await change(model, ['setWeights', 1]);
    const stateOf = (): string => `${model.loss?.config.type} ${model.updates} ${model.input === null}`;
    let state = stateOf();
    let isOver = false;
    const changing = change(model, last).finally(() => {
      isOver = true;
    });
    const came: Promise<string>[] = [];
    for (let moment = 1; !isOver; moment++) {
      // A prediction at each moment would make the change wait for its turn.
      const now = stateOf();
      if (now !== state) came.push(outcome(read(model, 'glance')));
      state = now;
      await null;
      if (moment % 10_000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await changing;
    expect(came.length).toBeGreaterThan(0);
    const versions = await versionsOf([['setWeights', 1], last], engine);
    const glances = new Set(versions.map(({ glance }) => glance));
    for (const text of new Set(await Promise.all(came))) expect(glances).toContain(text);
    await model.dispose();
  });

  test.each([1, 2, 3])('a model that is used in random order, %d', async (seed) => {
    const engine = await engineOf(name);
    await fillGiven(engine);
    const roll = dice(seed);
    const model = network(engine);
    const changes: Change[] = [];
    const results: { readonly what: Read; readonly came: Promise<string> }[] = [];
    let changing: Promise<unknown> = Promise.resolve();
    for (let i = 0; i < 40; i++) {
      if (roll(3) === 0) {
        const what = (['build', 'setWeights', 'setWeights', 'fit', 'fit', 'dispose'] as const)[roll(6)] as Change[0];
        const one: Change = [what, 1 + roll(4)];
        // One that is refused, as another is at work, changes nothing.
        changing = change(model, one).then(
          () => changes.push(one),
          (error) => expect(String(error)).toMatch(/^ModelError: model: a model whose weights nothing changes was/),
        );
        if (roll(3) === 0) await changing;
      } else {
        const what = READS[roll(READS.length)] as Read;
        results.push({ what, came: outcome(read(model, what)) });
      }
      await pause(roll);
    }
    const came = await Promise.all(results.map(async (result) => ({ ...result, came: await result.came })));
    await changing;
    expect(changes.length).toBeGreaterThan(2);

    const versions = await versionsOf(changes, engine);
    for (const { what, came: text } of came) {
      const found = versions.some((version) => version[what] === text);
      expect(found, `${what} of no version: ${text.slice(0, 200)}`).toBe(true);
    }
    expect(await readings(model)).toEqual(versions.at(-1));
    await model.dispose();
  });

  test.each([1, 2])('a layer that is used in random order, %d', async (seed) => {
    const engine = await engineOf(name);
    const layerOf = (): Recurrent => recurrent({ cell: 'gru', inputSize: 2, hiddenSize: 3, engine, key: key(7) });
    const x = range(0, 4).map((i) => range(0, 5).map((t) => numbers(10 * i + t, 2)));
    const weights = range(0, 3).map((i) =>
      recurrent({ cell: 'gru', inputSize: 2, hiddenSize: 3, engine, key: key(i) }).getWeights(),
    );
    const forward = async (layer: Recurrent): Promise<string> => {
      const run = await layer.forward(x);
      return JSON.stringify(run.y);
    };
    const wanted: { readonly y: string; readonly back: string }[] = [];
    for (const version of [null, ...weights]) {
      const layer = layerOf();
      if (version) layer.setWeights(version);
      const run = await layer.forward(x);
      wanted.push({ y: JSON.stringify(run.y), back: JSON.stringify(await run.backward({ y: run.y })) });
      run.dispose();
      await layer.dispose();
    }

    const roll = dice(100 + seed);
    const layer = layerOf();
    let version = 0;
    const checks: Promise<void>[] = [];
    for (let i = 0; i < 40; i++) {
      const what = roll(6);
      if (what === 0) {
        const next = roll(weights.length);
        layer.setWeights(weights[next] as Record<string, Tensor>);
        version = next + 1;
      } else if (what === 1) checks.push(layer.dispose());
      else {
        const { y, back } = wanted[version] as (typeof wanted)[number];
        checks.push(
          layer.forward(x).then(async (run) => {
            expect(JSON.stringify(run.y)).toBe(y);
            await pause(roll);
            expect(JSON.stringify(await run.backward({ y: run.y }))).toBe(back);
            run.dispose();
          }),
        );
      }
      await pause(roll);
    }
    await Promise.all(checks);
    expect(await forward(layer)).toBe((wanted[version] as (typeof wanted)[number]).y);
    await layer.dispose();
  });
});
