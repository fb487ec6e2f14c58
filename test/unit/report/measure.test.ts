import { createEngine, EngineError } from 'keepgate';
import { expect, test, vi } from 'vitest';
import { measure } from '../../../src/report/measure.ts';
import { expectRefusal } from '../../helpers/refusals.ts';

test('a measurement has the asked number of times, and its median is no less than its minimum', async () => {
  const ops = await createEngine('reference');
  const read = vi.spyOn(ops, 'read');
  const { median_ms, min_ms, ...rest } = await measure(ops, { work: 'W1', size: 'S', reps: 2 });
  expect(rest).toEqual({ system: 'keepgate reference', work: 'W1', size: 'S', reps: 2 });
  expect(min_ms).toBeGreaterThan(0);
  expect(median_ms).toBeGreaterThanOrEqual(min_ms);
  // At least one run before the clock starts.
  expect(read.mock.calls.length).toBeGreaterThanOrEqual(3);
});

test('the median, the minimum and the number of times, by a clock of our own', async () => {
  const ops = await createEngine('reference');
  const lasts = [300, 5, 2, 9, 4];
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  const read = vi.spyOn(ops, 'read').mockImplementation(async () => {
    now += lasts.shift() ?? 2000;
    return Float64Array.of(1);
  });
  try {
    // The first run is long enough to be all that warms up.
    expect(await measure(ops, { work: 'W1', size: 'S', reps: 4 })).toMatchObject({
      median_ms: 4.5,
      min_ms: 2,
      reps: 4,
    });
    // Runs that last longer than the budget are still taken three times.
    read.mockClear();
    expect(await measure(ops, { work: 'W1', size: 'S' })).toMatchObject({ median_ms: 2000, min_ms: 2000, reps: 3 });
    expect(read).toHaveBeenCalledTimes(4);
  } finally {
    vi.restoreAllMocks();
  }
});

test('an engine with modes says which one', async () => {
  const ops = await createEngine('gpu', { mode: 'webasm' });
  const { system } = await measure(ops, { work: 'W1', size: 'S', reps: 1 });
  expect(system).toBe('keepgate gpu webasm');
  await ops.dispose();
});

test('numbers that are not finite are no measurement, and leave nothing on the engine', async () => {
  const ops = await createEngine('reference');
  vi.spyOn(ops, 'read').mockResolvedValue(Float64Array.of(1, Number.NaN));
  await expectRefusal(
    () => measure(ops, { work: 'W1', size: 'S', reps: 1 }),
    EngineError,
    'finite numbers were expected from W1 at size S',
    'reference: float64',
  );
  expect(ops).toMatchObject({ liveBuffers: 0 });
});
