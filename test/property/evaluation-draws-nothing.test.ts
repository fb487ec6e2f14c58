import { type Extents, mean, type SchemeLike } from 'keepgate';
import { expect, expectTypeOf, test } from 'vitest';
import { evaluationDrawsNothing } from '../../src/verify/laws/evaluation-draws-nothing.ts';
import { forEveryScheme } from '../helpers/laws.ts';

test('the expectation of a scheme takes no key', () => {
  expect(mean).toHaveLength(1);
  expectTypeOf(mean).parameter(0).toEqualTypeOf<SchemeLike>();
  expectTypeOf(mean).parameter(1).toEqualTypeOf<Pick<Extents, 'update'> | undefined>();
});

forEveryScheme(evaluationDrawsNothing);
