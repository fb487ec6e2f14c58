/** PyTorch's files: what torch.save writes, in its zip and its legacy form, and TorchScript's. */
import { DataError, show } from '../../errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { FileBytes, Format, TensorFile } from '../format.ts';
import { layersOfNames } from '../imported/layers-of-names.ts';
import { beginsAsPickle, readLegacyFile } from './legacy-file.ts';
import { Unreadable } from './pickle/pickled.ts';
import { findTensors } from './state-dict.ts';
import { TensorMaker } from './tensor-of.ts';
import { isTorchArchive, readTorchArchive } from './zip-file.ts';

export const pytorch: Format = {
  name: 'pytorch',
  isOne: ({ bytes, archive }) => (archive ? isTorchArchive(archive) : beginsAsPickle(bytes) || isTar(bytes)),
  layers: layersOfNames,

  async read({ bytes, archive }, { at }): Promise<TensorFile> {
    if (isTar(bytes)) {
      throw new DataError(
        'pytorch: a file of PyTorch 0.1.10 or later was expected, but its older form, a tar archive, came; load it in PyTorch and save it again',
      );
    }
    const file = archive ? await readTorchArchive(archive) : readLegacyFile(bytes);
    const found = findTensors(file.value, at);
    const maker = new TensorMaker(file);
    // No prototype: a tensor may be called `__proto__`.
    const tensors: Record<string, Tensor> = Object.create(null);
    const refused: Record<string, string> = Object.create(null);
    for (const [name, ref] of found.tensors) {
      const made = ref instanceof Unreadable ? ref : await maker.make(name, ref);
      if (made instanceof Unreadable) refused[name] = made.why;
      else tensors[name] = made;
    }
    const notes = [...found.notes, ...notesOf(file.globals, archive)];
    return { format: 'pytorch', tensors, refused, config: found.config, notes };
  },
};

/** What is known of PyTorch, and of the dicts and sets that hold its tensors. */
const KNOWN_GLOBALS = /^(torch|__torch__|collections|_codecs|builtins|__builtin__|copyreg|copy_reg)\./;

function notesOf(globals: ReadonlySet<string>, archive: FileBytes['archive']): string[] {
  const strange = [...globals].filter((path) => !KNOWN_GLOBALS.test(path));
  const unchecked = archive ? [...archive.unchecked] : [];
  return [
    ...(strange.length > 0
      ? [
          `objects of ${strange.slice(0, 8).map(show).join(', ')}${strange.length > 8 ? ' and others' : ''} are left aside: no code of a file is run`,
        ]
      : []),
    ...(unchecked.length > 0
      ? [`${unchecked.length} entries have no checksum, so that damage of them is not seen`]
      : []),
  ];
}

/** A tar archive, as its first header says. */
function isTar(bytes: Uint8Array): boolean {
  return bytes.length >= 512 && String.fromCharCode(...bytes.subarray(257, 262)) === 'ustar';
}
