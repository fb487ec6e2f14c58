/** Who wrote a config: their functions of one name differ, and so do the settings that they leave out. */
export type KerasWriter = 'keras-3' | 'keras-2' | 'tfjs';

/** The functions of Keras by the names of this package; one that is not known keeps its own. */
export function activationName(name: string, writer: KerasWriter): string {
  if (name === 'hard_sigmoid') return writer === 'keras-3' ? 'hardSigmoid' : 'hardSigmoid0.2';
  // As a file of Keras never says it: its names are those of Keras.
  return name.startsWith('hardSigmoid') ? `keras.${name}` : name;
}
