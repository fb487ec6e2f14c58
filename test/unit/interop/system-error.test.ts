import { expect, test } from 'vitest';
import { ModelError } from '../../../src/errors.ts';
import { inWords } from '../../../src/interop/system-error.ts';

const failed = (code: unknown, message = 'so it says'): Error => Object.assign(new Error(message), { code });

/** Codes that a disk or a file system gives. */
const CODES =
  'EACCES EBUSY EDQUOT EEXIST EFBIG EIO EISDIR ELOOP EMFILE ENAMETOOLONG ENFILE ENOENT ENOSPC ENOTDIR ENOTEMPTY EPERM EROFS ESTALE'.split(
    ' ',
  );

test.each(CODES)('%s: what it means, what the system said, and what to do', (code) => {
  const verbs = 'check|choose|close|connect|free|mend|move';
  expect(inWords(failed(code))).toMatch(new RegExp(`^(?!${verbs})[^;()]+ \\(so it says\\); (${verbs}) [^;()]+$`));
});

test('each code that differs for the user is said by words of its own', () => {
  const meanings = CODES.map((code) => inWords(failed(code)).replace(/ \(.*/, ''));
  // Both are limits on open files.
  expect(meanings.filter((meaning, i) => meanings.indexOf(meaning) !== i)).toEqual([meanings[CODES.indexOf('ENFILE')]]);
});

test('what has no such code is said as it is, and ours says all already', () => {
  for (const code of ['EWHAT', 'toString', '', undefined, 7])
    expect(inWords(failed(code))).toBe('so it says came; check the path');
  expect(inWords('a text')).toBe('"a text" came; check the path');
  expect(inWords(new ModelError('model folder: all of it'))).toBe('model folder: all of it');
  expect(inWords(Object.assign(new ModelError('as it is'), { code: 'EIO' }))).toBe('as it is');
});

test('a null byte in a path is said in words of ours alone', () => {
  expect(inWords(failed('ERR_INVALID_ARG_VALUE'))).toBe('a path without null bytes is needed; check the path');
});
