import { variational } from 'keepgate';
import { subjectOf } from 'keepgate/verify';
import { verifySuite } from 'keepgate/verify/vitest';
import { describe, expect, test } from 'vitest';
import { lstm } from '../../../src/cells/lstm.ts';
import { DataError } from '../../../src/errors.ts';

const claims = variational({ input: 0.25, recurrent: 0.35 });

// The suites themselves are tests of ours.
verifySuite({ name: 'our LSTM cell', cell: lstm, claims }, { runs: 2 });
verifySuite(subjectOf({ cell: 'gru', scheme: claims, name: 'our GRU layer' }), { runs: 10 });

describe('a suite', () => {
  test('refuses what is no subject when it is collected', () => {
    expect(() => verifySuite({ name: 'none' } as never)).toThrow(DataError);
  });
});
