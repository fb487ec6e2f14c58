import fc from 'fast-check';
import { expect } from 'vitest';

// That a property fails is enough: no smaller counterexample is looked for, but where the tests are about reports of them.
const isAboutReports = expect.getState().testPath?.includes('/unit/verify/') === true;
fc.configureGlobal({ ...fc.readConfigureGlobal(), endOnFailure: !isAboutReports });
