import { useEffect, useRef, useState } from 'preact/hooks';
import { palette } from '../../parts/palette.ts';
import type { MaskGrid } from './mask-grid.ts';

/** Pixels of a cell: large enough to be told apart by shape, small enough for long sequences. */
const LARGEST = 20;
const SMALLEST = 5;

/** Where keys go from an entry: rows down, columns across. */
const MOVES: Readonly<Record<string, readonly [down: number, across: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  Home: [0, -Infinity],
  End: [0, Infinity],
  PageUp: [-Infinity, 0],
  PageDown: [Infinity, 0],
};

/**
 * A mask on a canvas, with a cursor that arrow keys and the pointer move. What keeps is a filled square, and what drops a dot,
 * so that nobody needs the colours.
 * @param marked cells with a frame: where two masks differ
 */
export function MaskPicture({
  grid,
  label,
  marked,
}: {
  readonly grid: MaskGrid;
  readonly label: string;
  readonly marked?: (row: number, column: number) => boolean;
}) {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [cursor, setCursor] = useState<readonly [number, number] | null>(null);
  const colors = palette.value;
  const width = useWidth(frame);
  const cell = Math.max(SMALLEST, Math.min(LARGEST, Math.floor(width / grid.columns)));
  useEffect(() => {
    if (canvas.current) drawGrid(canvas.current, cell, { grid, cursor, marked }, colors);
  });

  const [row, column] = cursor ?? [0, 0];
  return (
    <div class="picture" ref={frame}>
      <div class="picture-scroll">
        {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: a canvas is no element of its own; keys move over this one */}
        <canvas
          ref={canvas}
          tabIndex={0}
          role="application"
          aria-roledescription="picture of a mask"
          aria-label={`${label}. Arrow keys move over its entries.`}
          style={{ width: `${grid.columns * cell}px`, height: `${grid.rows * cell}px` }}
          onKeyDown={(event) => {
            const [down, across] = MOVES[event.key] ?? [0, 0];
            if (down === 0 && across === 0) return;
            event.preventDefault();
            setCursor([clamp(row + down, grid.rows), clamp(column + across, grid.columns)]);
          }}
          onFocus={() => cursor ?? setCursor([0, 0])}
          onPointerMove={(event) => {
            const box = event.currentTarget.getBoundingClientRect();
            setCursor([
              clamp(Math.floor((event.clientY - box.top) / cell), grid.rows),
              clamp(Math.floor((event.clientX - box.left) / cell), grid.columns),
            ]);
          }}
        />
      </div>
      <p class="reading" aria-live="polite">
        {cursor
          ? grid.words(clamp(row, grid.rows), clamp(column, grid.columns))
          : 'Point at an entry, or move over it by arrow keys.'}
      </p>
    </div>
  );
}

/** How wide an element is, as the page has it now. */
function useWidth(frame: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(600);
  useEffect(() => {
    const watched = new ResizeObserver(([entry]) => entry && setWidth(entry.contentRect.width));
    if (frame.current) watched.observe(frame.current);
    return () => watched.disconnect();
  }, [frame]);
  return width;
}

function clamp(value: number, count: number): number {
  return Math.max(0, Math.min(count - 1, value));
}

interface Shown {
  readonly grid: MaskGrid;
  readonly cursor: readonly [row: number, column: number] | null;
  readonly marked: ((row: number, column: number) => boolean) | undefined;
}

function drawGrid(
  canvas: HTMLCanvasElement,
  cell: number,
  { grid, cursor, marked }: Shown,
  colors: typeof palette.value,
): void {
  const drawing = canvas.getContext('2d');
  if (!drawing) return;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = grid.columns * cell * ratio;
  canvas.height = grid.rows * cell * ratio;
  drawing.scale(ratio, ratio);
  for (let row = 0; row < grid.rows; row++)
    for (let column = 0; column < grid.columns; column++)
      drawCell(drawing, grid.value(row, column), [column * cell, row * cell, cell], colors);
  for (let row = 0; marked && row < grid.rows; row++)
    for (let column = 0; column < grid.columns; column++)
      if (marked(row, column)) strokeCell(drawing, [column * cell, row * cell, cell], colors.differs);
  if (cursor) strokeCell(drawing, [cursor[1] * cell, cursor[0] * cell, cell], colors.text);
}

type Square = readonly [left: number, top: number, size: number];

function drawCell(
  drawing: CanvasRenderingContext2D,
  value: number,
  [left, top, size]: Square,
  colors: typeof palette.value,
): void {
  const gap = size > 7 ? 1 : 0.5;
  drawing.fillStyle = colors.ground;
  drawing.fillRect(left, top, size - gap, size - gap);
  if (value === 0) {
    const dot = Math.max(1.5, size / 6);
    drawing.fillStyle = colors.dropped;
    drawing.fillRect(left + (size - gap - dot) / 2, top + (size - gap - dot) / 2, dot, dot);
    return;
  }
  // Masks of numbers: as much of the square as the number is of 2.
  drawing.globalAlpha = value === 1 ? 1 : Math.max(0.08, Math.min(1, value / 2));
  drawing.fillStyle = colors.kept;
  drawing.fillRect(left, top, size - gap, size - gap);
  drawing.globalAlpha = 1;
}

function strokeCell(drawing: CanvasRenderingContext2D, [left, top, size]: Square, color: string): void {
  drawing.strokeStyle = color;
  drawing.lineWidth = 2;
  drawing.strokeRect(left + 0.5, top + 0.5, size - 2, size - 2);
}
