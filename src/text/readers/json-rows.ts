import { DataError, show } from '../../errors.ts';
import type { LabelledTexts } from '../labelled.ts';
import { type Column, noColumn } from './find-column.ts';
import { linesOf } from './lines.ts';

/** The columns of JSON Lines are the names of an object's entries. */
interface JsonColumns {
  readonly text: Column;
  readonly label?: Column | undefined;
}

/**
 * The texts and labels of JSON Lines: an object a line, in UTF-8; blank lines hold nothing.
 * @throws DataError with the line of what is no object, or does not have the entries
 */
export async function* jsonRows(
  name: string,
  text: AsyncIterable<string>,
  columns: JsonColumns,
): AsyncGenerator<LabelledTexts> {
  let line = 0;
  for await (const lines of linesOf(name, text)) {
    const texts: string[] = [];
    const labels: string[] = [];
    for (const source of lines) {
      line += 1;
      if (source.trim() === '') continue;
      const entries = objectOf(`${name}, line ${line}`, source);
      texts.push(entryOf(`${name}, line ${line}`, entries, columns.text, 'text'));
      if (columns.label !== undefined) labels.push(entryOf(`${name}, line ${line}`, entries, columns.label, 'label'));
    }
    if (texts.length > 0) yield { texts, labels };
  }
}

function objectOf(where: string, source: string): object {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch {
    value = undefined;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new DataError(
    `${where}: JSON Lines, one object a line, were expected, but ${source.trim() === '' ? 'nothing' : show(source)} came; correct the line or remove it`,
  );
}

/** A number or a truth value is taken as it is written: labels are often 0 and 1. */
function entryOf(where: string, entries: object, column: Column, role: string): string {
  const name = String(column);
  if (!Object.hasOwn(entries, name)) {
    const names = Object.keys(entries);
    throw noColumn(
      where,
      column,
      names.map((other) => JSON.stringify(other)),
      names,
    );
  }
  const value: unknown = (entries as Record<string, unknown>)[name];
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  if (typeof text === 'string' && text.trim() !== '') return text;
  const came = text === '' || typeof text === 'string' ? 'an empty one' : show(value);
  throw new DataError(
    `${where}: a ${role} was expected as ${JSON.stringify(name)}, but ${came} came; fill it or remove the line`,
  );
}
