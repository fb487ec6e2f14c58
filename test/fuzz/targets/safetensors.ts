import { Tensor } from 'keepgate';
import { readSafetensors, writeSafetensors } from 'keepgate/interop';
import { damaged, damagedJson } from '../damage.ts';
import type { Random } from '../random.ts';
import { outcomeOf, type Target } from '../target.ts';

const tensors = {
  'lstm.weight_ih_l0': new Tensor(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]),
  __proto__x: new Tensor(Float64Array.of(0.5), []),
  '0': new Tensor(new Float32Array(0), [0, 4]),
};
const WHOLE = writeSafetensors(tensors, { author: 'someone', note: 'ünï' });
const PIECES = ['{', '"dtype":"BF16"', '[0,0]', '"shape":[1e9]', '\ud83d', '  '].map((text) =>
  new TextEncoder().encode(text),
);

/** Files of tensors: what is read can be written, and read again. */
export const safetensors: Target = {
  name: 'safetensors',
  share: 0.5,
  open: async () => ({
    tryOne: (random) =>
      outcomeOf(() => {
        const bytes = random.once(2) ? damaged(WHOLE, PIECES, random) : withOtherHeader(random);
        const found = readSafetensors(bytes);
        readSafetensors(writeSafetensors(found.tensors, found.metadata));
      }),
  }),
};

/** The same numbers behind another header, whose length is right. */
function withOtherHeader(random: Random): Uint8Array {
  const length = Number(new DataView(WHOLE.buffer, WHOLE.byteOffset).getBigUint64(0, true));
  const header = new TextEncoder().encode(damagedJson(new TextDecoder().decode(WHOLE.subarray(8, 8 + length)), random));
  const bytes = new Uint8Array(8 + header.length + WHOLE.length - 8 - length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  bytes.set(WHOLE.subarray(8 + length), 8 + header.length);
  return bytes;
}
