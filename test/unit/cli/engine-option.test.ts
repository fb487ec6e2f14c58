import { createEngine, EngineError, type Ops, OptionError } from 'keepgate';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type EngineChoice, withEngine } from '../../../src/cli/engine-option.ts';
import { run } from '../../../src/cli/program.ts';
import * as select from '../../../src/engines/select.ts';
import { expectRefusal } from '../../helpers/refusals.ts';

vi.mock('../../../src/engines/select.ts', { spy: true });

const choice: EngineChoice = { engine: 'reference', json: false };
let errors: string[];
let engine: Ops;

beforeEach(async () => {
  errors = [];
  vi.spyOn(console, 'error').mockImplementation((text) => errors.push(text));
  vi.spyOn(console, 'log').mockImplementation(() => {});
  engine = await createEngine('reference');
  vi.spyOn(engine, 'dispose');
});

afterEach(() => {
  vi.restoreAllMocks();
});

function give(made: Ops): void {
  vi.mocked(select.createEngine).mockResolvedValueOnce(made);
}

test('the engine is given back when the work is done, and when it failed', async () => {
  give(engine);
  expect(await withEngine(choice, async (given) => given.describe())).toContain('reference');
  expect(engine.dispose).toHaveBeenCalledTimes(1);

  give(engine);
  const failing = withEngine(choice, () => Promise.reject(new EngineError('lost')));
  await expect(failing).rejects.toThrow(new EngineError('lost'));
  expect(engine.dispose).toHaveBeenCalledTimes(2);
  expect(errors).toEqual([]);
});

test('why the work failed counts, and not that its engine does not end well either', async () => {
  vi.mocked(engine.dispose).mockRejectedValue(new Error('no device'));
  give(engine);
  const failing = withEngine(choice, () => Promise.reject(new EngineError('lost')));
  await expect(failing).rejects.toThrow(new EngineError('lost'));
});

test('an engine that cannot be had makes the command wrong', async () => {
  const wrong = { ...choice, engine: 'quantum' as 'auto' };
  await expectRefusal(() => withEngine(wrong, async () => {}), OptionError, 'one of auto,', '"quantum" came');
  const modeless = { ...choice, mode: 'webasm' as const };
  await expectRefusal(() => withEngine(modeless, async () => {}), OptionError, 'reference: no option was expected');
});

test('an engine that refuses in the middle of the work is status 1, one that cannot be had status 2', async () => {
  vi.spyOn(engine, 'read').mockRejectedValue(new EngineError('gpu: a device was expected, but it was lost'));
  give(engine);
  expect(await run(['conform', 'test/golden/recurrent.json'])).toBe(1);
  expect(errors.splice(0)).toEqual(['keepgate: gpu: a device was expected, but it was lost']);
  expect(engine.dispose).toHaveBeenCalledTimes(1);

  expect(await run(['conform', 'test/golden/recurrent.json', '--engine', 'quantum'])).toBe(2);
  expect(errors).toHaveLength(1);
});

test('what is not as it was to be expected is said once, and before the work', async () => {
  give(Object.assign(engine, { warnings: ['auto: reference is used'] }));
  await withEngine(choice, async () => expect(errors).toEqual(['warning: auto: reference is used']));
  expect(errors).toHaveLength(1);
});

test('what ran is said when it is not what was announced', async () => {
  const describe = vi.spyOn(engine, 'describe').mockReturnValueOnce('gpu');
  describe.mockReturnValue('gpu; fell back: project ran on cpu');
  give(engine);
  await withEngine(choice, async () => {});
  expect(errors).toEqual(['warning: gpu; fell back: project ran on cpu']);
});
