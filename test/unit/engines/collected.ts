/** A program whose owners become garbage, for `node --expose-gc`: prints what is freed, in any order. */
import { setTimeout } from 'node:timers/promises';
import { whenCollected } from '../../../src/engines/when-collected.ts';

const { gc } = globalThis as unknown as { gc: () => Promise<void> | void };

const kept = { name: 'kept' };
whenCollected(kept, () => console.log('the kept one'));

(() => {
  whenCollected({ name: 'forgotten' }, () => console.log('the forgotten one'));
  whenCollected({ name: 'disposed' }, () => console.log('the disposed one'))();
  whenCollected({ name: 'throws' }, () => {
    console.log('the one that throws');
    throw new Error('too late');
  });
  whenCollected({ name: 'rejects' }, async () => {
    console.log('the one that rejects');
    throw new Error('too late');
  });
})();

for (let round = 0; round < 5; round++) {
  await setTimeout(20);
  gc();
}
await setTimeout(20);
console.log(`${kept.name} to the end`);
