import type { Reporter, TestModule } from 'vitest/node';

/** Closes a run with one plain line: `N passed, N failed`, and how many were skipped, if any. */
export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tally = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state !== 'pending') tally[state] += 1;
      }
      // A file that does not load has no tests to fail.
      if (module.errors().length > 0) tally.failed += 1;
    }
    const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : '';
    // After the other reporters have printed theirs.
    process.once('exit', () => process.stdout.write(`${tally.passed} passed, ${tally.failed} failed${skipped}\n`));
  }
}
