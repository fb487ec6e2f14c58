import { EngineError, type Handle } from 'keepgate';
import { expect, test } from 'vitest';
import { CountedHandles } from '../../../src/engines/counted.ts';
import { createReferenceEngine } from '../../../src/engines/reference/engine.ts';
import { expectRefusal } from '../../helpers/refusals.ts';

function made(): { engine: ReturnType<typeof createReferenceEngine>; handles: CountedHandles; of(n: number): Handle } {
  const engine = createReferenceEngine();
  return { engine, handles: new CountedHandles(engine), of: (n) => engine.upload([n], [1]) };
}

test('versions share handles, each of which lives as long as somebody holds it', async () => {
  const { engine, handles, of } = made();
  const [frozen, first, second] = [of(1), of(2), of(3)];
  handles.retain([frozen, first]);
  // A reader of the first version, while the second one takes its place.
  handles.retain([frozen, first]);
  handles.retain([frozen, second]);
  handles.release([frozen, first]);
  expect(engine.liveBuffers).toBe(3);
  expect([...(await engine.read(first))]).toEqual([2]);
  handles.release([frozen, first]);
  expect(engine.liveBuffers).toBe(2);
  await expectRefusal(() => engine.read(first), EngineError, 'was freed');
  expect([...(await engine.read(frozen)), ...(await engine.read(second))]).toEqual([1, 3]);
  handles.release([second, frozen]);
  expect(engine.liveBuffers).toBe(0);
});

test('a handle that stands twice in a list counts twice', () => {
  const { engine, handles, of } = made();
  const handle = of(1);
  handles.retain([handle, handle]);
  handles.release([handle]);
  expect(engine.liveBuffers).toBe(1);
  handles.release([handle]);
  expect(engine.liveBuffers).toBe(0);
});

test('a handle that nobody holds is refused, and the others are let go of', async () => {
  const { engine, handles, of } = made();
  const [held, stranger] = [of(1), of(2)];
  handles.retain([held]);
  await expectRefusal(() => handles.release([held, stranger]), EngineError, 'nobody holds this one of shape [1]');
  expect(engine.liveBuffers).toBe(1);
  await expectRefusal(() => handles.release([held]), EngineError, 'nobody holds');
});
