import { createEngine, EngineError, type Handle, kernel, OptionError, ShapeError } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { bucket, Device } from '../../../src/engines/gpu/device/device.ts';
import { GpuEngine } from '../../../src/engines/gpu/engine.ts';
import { type FakeGpuJs, fakeGpuJs } from '../../helpers/fake-gpu-js.ts';
import { expectRefusal } from '../../helpers/refusals.ts';

const twice = kernel({
  name: 'twice',
  inputs: { x: ['x'] },
  outputs: { once: ['same'], more: ['double', 'triple'] },
  body: (a, v) => ({ same: v.x, double: a.add(v.x, v.x), triple: a.add(v.x, a.add(v.x, v.x)) }),
});

function faked(): { readonly gpu: FakeGpuJs; readonly engine: GpuEngine } {
  const gpu = fakeGpuJs();
  return { gpu, engine: new GpuEngine(new Device(gpu.library, 'webasm', null), 'a fake') };
}

describe('which mode runs', () => {
  test('is said, with what runs it', async () => {
    const engine = await createEngine('gpu', { mode: 'webasm' });
    expect(engine.describe()).toBe('gpu: gpu.js in mode webasm, float32, on WebAssembly on one thread (no GPU)');
    expect(engine).toMatchObject({ name: 'gpu', dtype: 'float32', mode: 'webasm' });
  });

  test('without a GPU it is webasm, and every mode that was passed over has its reason', async () => {
    const engine = await createEngine('gpu');
    expect(engine.describe()).toMatch(/in mode webasm.*; no hardware GPU \(webgpu: .+; webgl2: .+; webgl: .+\)$/);
  });

  test('a mode that does not exist, or that this machine lacks, is refused with what there is', async () => {
    await expectRefusal(() => createEngine('gpu', { mode: 'cuda' as never }), EngineError, 'webgpu, webgl2', '"cuda"');
    await expectRefusal(
      () => createEngine('gpu', { mode: 'webgl2' }),
      EngineError,
      'the mode webgl2 was expected to run here',
      'this machine offers webasm, cpu',
    );
    await expectRefusal(() => createEngine('gpu', { mode: 'webgpu' }), EngineError, 'npm install webgpu');
    await expectRefusal(() => createEngine('gpu', { mode: 'headlessgl' }), EngineError, 'the mode headlessgl');
    await expectRefusal(() => createEngine('gpu', { modus: 'cpu' } as never), OptionError, '"modus"');
    await expectRefusal(() => createEngine('reference', { mode: 'cpu' }), EngineError, 'reference: no option');
  });

  test('a kernel that gpu.js runs elsewhere without a word is told by describe()', async () => {
    const { gpu, engine } = faked();
    await engine.read(engine.sum(engine.upload([1, 2], [2])));
    expect(engine.describe()).toBe('a fake');
    gpu.fallBack('cpu', 'no SIMD here');
    await engine.read(engine.run(twice, { inputs: { x: engine.upload([1], [1]) } }).once);
    expect(engine.describe()).toContain('; fell back: ');
    expect(engine.describe()).toContain('ran on cpu (no SIMD here)');
  });

  test('a kernel that gpu.js refuses is an EngineError in one line', async () => {
    const { gpu, engine } = faked();
    const x = engine.upload([1, 2], [2]);
    gpu.fail('too large\nfor this device');
    await expectRefusal(
      () => engine.read(engine.sum(x)),
      EngineError,
      'sumChunks',
      'too large for this device',
      'mode',
    );
    // What needed no kernel is still there.
    expect([...(await engine.read(x))]).toEqual([1, 2]);
  });
});

describe('what is computed', () => {
  test('nothing before it is read, and only what the numbers need', async () => {
    const { gpu, engine } = faked();
    const x = engine.upload([1, 2, 3], [1, 3]);
    const { once, more } = engine.run(twice, { inputs: { x } });
    const wanted = engine.sumRows(once);
    expect(gpu.calls).toHaveLength(0);
    await engine.read(wanted);
    expect(gpu.calls).toHaveLength(2);
    await engine.read(wanted);
    expect(gpu.calls).toHaveLength(2);
    await engine.read(more);
    expect(gpu.calls).toHaveLength(3);
  });

  test('what is sure to be wanted later is made in the same pass', async () => {
    const { gpu, engine } = faked();
    const scope = engine.openScope();
    const [planned, kept] = [1, 2].map(() =>
      scope.run(() => engine.run(twice, { inputs: { x: engine.upload([1, 2, 3], [1, 3]) } })),
    ) as [{ once: Handle; more: Handle }, { once: Handle; more: Handle }];
    const later = engine.sumRows(planned.more);
    await engine.read(planned.once);
    expect(gpu.calls).toHaveLength(1);
    await engine.read(later);
    expect(gpu.calls).toHaveLength(2);

    scope.keep([kept.more]);
    await engine.read(kept.once);
    await engine.read(kept.more);
    expect(gpu.calls).toHaveLength(3);
  });

  test('what is released before anybody reads it is never computed', async () => {
    const { gpu, engine } = faked();
    const x = engine.upload([1, 2, 3], [1, 3]);
    const scope = engine.openScope();
    const kept = scope.run(() => {
      engine.sumRows(x);
      return engine.sumRows(engine.run(twice, { inputs: { x } }).once);
    });
    scope.keep([kept]);
    scope.dispose();
    engine.release([x]);
    expect(engine.liveBuffers).toBe(1);
    await engine.read(kept);
    expect(gpu.calls).toHaveLength(2);
    engine.release([kept]);
    expect(engine.liveBuffers).toBe(0);
  });

  test('what is made along with something else, and released meanwhile, holds nothing', async () => {
    const gpu = fakeGpuJs();
    const engine = new GpuEngine(new Device(gpu.library, 'webgl2', null), 'a fake');
    const scope = engine.openScope();
    const x = engine.upload([1, 2, 3], [1, 3]);
    const { once, more } = scope.run(() => engine.run(twice, { inputs: { x } }));
    scope.keep([once, more]);
    // The upload is the first call, and the kernel that makes both the second.
    gpu.meanwhile(() => gpu.meanwhile(() => engine.release([more])));
    await engine.read(once);
    expect(gpu.calls).toHaveLength(2);
    expect(engine.deviceBuffers).toBe(2);
    await expectRefusal(() => engine.read(more), EngineError, 'was freed');
    engine.release([once]);
    expect(engine.deviceBuffers).toBe(1);
    engine.release([x]);
    expect([engine.deviceBuffers, engine.liveBuffers]).toEqual([0, 0]);
  });

  test('a handle that was freed, or that another engine made, is refused', async () => {
    const { engine } = faked();
    const x = engine.zeros([2]);
    engine.release([x]);
    await expectRefusal(() => engine.read(x), EngineError, 'a live buffer was expected', '[2] was freed');
    const stranger = (await createEngine('reference')).zeros([2]);
    await expectRefusal(() => engine.sum(stranger), EngineError, 'another engine made this one');
    await expectRefusal(() => engine.upload([1, 2], [3]), ShapeError, '3 numbers for shape [3]');
    await expectRefusal(() => engine.at(engine.zeros([2, 3]), 2), ShapeError, 'within 0 to 2');
  });
});

describe('sizes', () => {
  test('are rounded up to few, by at most an eighth', () => {
    const sizes = Array.from({ length: 5000 }, (_, i) => i + 1);
    for (const rows of sizes) {
      expect(bucket(rows)).toBeGreaterThanOrEqual(rows);
      expect(bucket(rows)).toBeLessThan(rows * 1.125);
      expect(bucket(bucket(rows))).toBe(bucket(rows));
    }
    expect(new Set(sizes.filter((rows) => rows > 64).map(bucket)).size).toBeLessThanOrEqual(8 * 7);
    expect(sizes.slice(0, 64).map(bucket)).toEqual(sizes.slice(0, 64));
  });

  test('batches of many lengths share kernels', async () => {
    const { engine } = faked();
    const w = engine.zeros([3, 4]);
    for (let time = 65; time <= 128; time++) await engine.read(engine.project(engine.zeros([time, 4]), w));
    expect(engine.builtKernels).toBeLessThanOrEqual(8);
  });
});

describe('what is not there, too much, or of somebody else', () => {
  test('a kernel may have the name of one of the engine', async () => {
    const engine = await createEngine('gpu', { mode: 'cpu' });
    const named = (name: string, factor: number) =>
      kernel({
        name,
        inputs: { x: ['x'] },
        outputs: { y: ['y'] },
        body: (a, v) => ({ y: a.mul(v.x, a.constant(factor)) }),
      });
    const x = engine.upload([1, 2, 3, 5], [2, 2]);
    for (const [i, name] of ['sumChunks', 'logSumExp 2', 'logSumExp', 'softmax', 'rowDots'].entries()) {
      await engine.read(engine.run(named(name, i + 2), { inputs: { x } }).y);
    }
    const [a = 0, b = 0] = await engine.read(engine.softmax(x));
    expect([a, b]).toEqual([expect.closeTo(1 / (1 + Math.E), 6), expect.closeTo(Math.E / (1 + Math.E), 6)]);
  });

  test('handles of another gpu engine are refused', async () => {
    const [{ engine }, { engine: other }] = [faked(), faked()];
    const stranger = other.zeros([2, 2]);
    const text = 'another engine made this one';
    await expectRefusal(() => engine.sum(stranger), EngineError, text);
    await expectRefusal(() => engine.read(stranger), EngineError, text);
    await expectRefusal(() => engine.release([stranger]), EngineError, text);
    await expectRefusal(() => engine.softmaxCrossEntropy(engine.zeros([2, 2]), stranger as never), EngineError, text);
    expect(other.liveBuffers).toBe(1);
  });

  test('a disposed engine has freed everything, and says so', async () => {
    const { gpu, engine } = faked();
    const x = engine.upload([1, 2], [2]);
    const reading = engine.read(engine.sum(x));
    expect(engine.usable).toBe(true);
    await engine.dispose();
    expect(engine.usable).toBe(false);
    expect(await reading).toHaveLength(1);
    const calls = gpu.calls.length;
    await expectRefusal(() => engine.read(x), EngineError, 'this one was disposed');
    await expectRefusal(() => engine.zeros([2]), EngineError, 'this one was disposed');
    await engine.dispose();
    expect(gpu.calls).toHaveLength(calls);
  });

  test('an engine whose device was lost cannot be used any more, and says so', async () => {
    const context = { isLost: false, adapter: {}, device: { destroy: () => {} } };
    const { library } = fakeGpuJs();
    const engine = new GpuEngine(new Device(library, 'webgpu', context), 'a fake');
    const sum = engine.sum(engine.upload([1, 2], [2]));
    expect(engine.usable).toBe(true);
    context.isLost = true;
    expect(engine.usable).toBe(false);
    await expectRefusal(() => engine.read(sum), EngineError, 'a device was expected, but it was lost');
  });

  test('sizes that do not fit are refused before anything is computed', async () => {
    const { gpu, engine } = faked();
    const [x, w] = [engine.zeros([3, 2]), engine.zeros([4, 2])];
    await expectRefusal(() => engine.project(x, w, { plus: engine.zeros([3, 3]) }), ShapeError, 'project: plus: 12');
    await expectRefusal(() => engine.project(x, w, { bias: engine.zeros([1]) }), ShapeError, 'project: bias: 4');
    await expectRefusal(() => engine.projectWeightGrad(engine.zeros([2, 4]), x), ShapeError, '12 numbers');
    await expectRefusal(
      () => engine.softmaxCrossEntropy(x, engine.uploadIndices([0, 1], [2])),
      ShapeError,
      'labels: 3',
    );
    await expectRefusal(() => engine.gather(w, engine.uploadIndices([4], [1])), ShapeError, 'ids below 4', '4 came');
    const { y, inverseDeviation } = engine.normalise(x, 0.1);
    await expectRefusal(() => engine.normaliseGrad(y, inverseDeviation, w), ShapeError, 'normaliseGrad: dy: 6 numbers');
    await expectRefusal(() => engine.normaliseGrad(y, x, y), ShapeError, 'inverseDeviation: 3 numbers', '[3,2] came');
    expect(gpu.calls).toHaveLength(0);
  });

  test('more rows than float32 counts, and more arrays than a device takes, are refused', async () => {
    const { engine } = faked();
    const x = engine.zeros([2 ** 23 + 1, 1]);
    await expectRefusal(() => engine.read(engine.sumRows(x)), EngineError, 'at most 8388608 rows', '8388609 came');
    const resident = new GpuEngine(new Device(fakeGpuJs().library, 'webgl2', null), 'a fake');
    const names = Array.from({ length: 8 }, (_, i) => `x${i}`);
    const many = kernel<Record<string, string[]>, { y: ['y'] }>({
      name: 'many',
      inputs: Object.fromEntries(names.map((name) => [name, [`of ${name}`]])),
      outputs: { y: ['y'] },
      body: (_, v) => ({ y: Object.values(v)[0] as (typeof v)[string] }),
    });
    const inputs = Object.fromEntries(names.map((name) => [name, resident.zeros([1])]));
    await expectRefusal(() => resident.run(many, { inputs }), EngineError, 'at most 7 arrays', 'it reads 8');
  });

  test('tensors without numbers are no trouble', async () => {
    const { engine } = faked();
    const x = engine.zeros([0, 3]);
    expect(await engine.read(engine.run(twice, { inputs: { x } }).once)).toHaveLength(0);
    expect(await engine.read(engine.sumRows(x))).toHaveLength(3);
    expect(await engine.read(engine.project(x, engine.zeros([2, 3])))).toHaveLength(0);
  });
});
