import { EngineError } from 'keepgate';
import { expect, test } from 'vitest';
import { createReferenceEngine } from '../../src/engines/reference/engine.ts';
import { STACKS } from '../../src/verify/white-box/law.ts';
import { forEveryScheme } from '../helpers/laws.ts';
import { drawPlans } from '../helpers/trials.ts';

forEveryScheme({
  name: 'handles',
  says: 'a run holds buffers until dispose, and backward none beyond its own end',
  applies: () => true,
  stacks: STACKS,
  runs: 6,
  async check(trial) {
    const { layer, engine, inputs } = trial;
    const { x, state, lengths, dy, dstate } = inputs;
    // From its first run on a layer's weights stay on the engine.
    (await layer.forward(x)).dispose();
    const baseline = engine.liveBuffers;
    const run = await layer.forward(x, { plan: drawPlans(trial), state, ...(lengths && { lengths }) });
    const held = engine.liveBuffers;
    expect(held).toBeGreaterThan(baseline);
    await run.backward({ y: dy, state: dstate });
    await run.backward({ y: dy });
    expect(engine.liveBuffers).toBe(held);
    run.dispose();
    expect(engine.liveBuffers).toBe(baseline);
    run.dispose();
    expect(engine.liveBuffers).toBe(baseline);
    await expect(run.backward({ y: dy })).rejects.toThrow(EngineError);
    expect(engine.liveBuffers).toBe(baseline);
  },
});

test('a handle that was freed is refused, and so is a view on it', async () => {
  const engine = createReferenceEngine();
  const handle = engine.upload([1, 2, 3, 4], [2, 2]);
  const view = engine.at(handle, 1);
  engine.release([handle]);
  await expect(engine.read(handle)).rejects.toThrow(EngineError);
  await expect(engine.read(view)).rejects.toThrow(EngineError);
  expect(() => engine.sum(handle)).toThrow(EngineError);
});
