/**
 * A process that saves, or reads, until it is told to stop or is killed: `worker.ts save|read|once DIR NAME`. It says
 * `ready` when it begins, and at its end what it has done, as JSON.
 */
import { expectReplaceable, writeFolder } from '../../src/interop/folder.ts';
import { filesOf, loadWhole } from './versions.ts';

const [role = '', dir = '', name = ''] = process.argv.slice(2);

let stopped = false;
process.stdin.resume();
process.stdin.on('end', () => {
  stopped = true;
});

async function act(turn: number): Promise<void> {
  if (role === 'read') await loadWhole(dir);
  else if (role === 'save') await writeFolder(dir, filesOf(`${name}${turn}`, turn % 2 === 0));
  else {
    stopped = true;
    await expectReplaceable(dir);
    const { warnings } = await writeFolder(dir, filesOf(name, true));
    if (warnings.length > 0) throw new Error(warnings.join());
  }
}

console.log('ready');
const report = { done: 0, failed: 0, first: '' };
for (let turn = 0; !stopped; turn++) {
  try {
    await act(turn);
    report.done++;
  } catch (error) {
    report.failed++;
    report.first ||= String(error);
  }
  // Let the end of the input be heard.
  await new Promise((done) => {
    setImmediate(done);
  });
}
console.log(JSON.stringify(report));
process.exit();
