import type { FileView } from './file-view.ts';

/** What an entry of a dataset or an attribute is. */
export interface Datatype {
  /** The name in `DTYPES` of numbers; undefined for all else. */
  readonly dtype?: string;
  /** Of texts: of a length of their own, elsewhere in the file, or all of `size`. */
  readonly text?: 'elsewhere' | 'fixed';
  /** How wide an entry is, in bytes. */
  readonly size: number;
  readonly isBigEndian: boolean;
  /** Bytes that mean nothing to HDF5. */
  readonly isOpaque: boolean;
}

const CLASS = { integer: 0, float: 1, text: 3, opaque: 5, elsewhere: 9 } as const;

/** Floats by where their exponent begins and how wide exponent and fraction are, and by the bias of the exponent. */
const FLOATS: Readonly<Record<string, string>> = {
  '2: 10 5 10 15': 'F16',
  '2: 7 8 7 127': 'BF16',
  '4: 23 8 23 127': 'F32',
  '8: 52 11 52 1023': 'F64',
};

/** @param at where its message begins */
export function datatypeAt(file: FileView, at: number): Datatype {
  const type = file.u8(at) & 15;
  const bits = file.u8(at + 1);
  const size = file.u32(at + 4);
  const plain = { size, isBigEndian: false, isOpaque: false };
  switch (type) {
    case CLASS.integer: {
      const isWhole = file.u16(at + 8) === 0 && file.u16(at + 10) === size * 8 && [1, 2, 4, 8].includes(size);
      return {
        ...ofDtype(plain, isWhole ? `${bits & 8 ? 'I' : 'U'}${size * 8}` : undefined),
        isBigEndian: (bits & 1) === 1,
      };
    }
    case CLASS.float: {
      const [exponentAt, exponent, fractionAt, fraction] = [12, 13, 14, 15].map((field) => file.u8(at + field));
      const layout = `${size}: ${exponentAt} ${exponent} ${fraction} ${file.u32(at + 16)}`;
      const isWhole = file.u16(at + 8) === 0 && file.u16(at + 10) === size * 8 && fractionAt === 0;
      const isPlain = isWhole && (bits & 0x40) === 0 && file.u8(at + 2) === size * 8 - 1;
      return {
        ...ofDtype(plain, isPlain && Object.hasOwn(FLOATS, layout) ? FLOATS[layout] : undefined),
        isBigEndian: (bits & 1) === 1,
      };
    }
    case CLASS.text:
      return { ...plain, text: 'fixed' };
    case CLASS.opaque:
      return { ...plain, isOpaque: true };
    case CLASS.elsewhere:
      return (bits & 15) === 1 && size === 16 ? { ...plain, text: 'elsewhere' } : plain;
    default:
      return plain;
  }
}

function ofDtype(plain: Datatype, dtype: string | undefined): Datatype {
  return dtype === undefined ? plain : { ...plain, dtype };
}
