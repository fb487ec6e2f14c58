import { signal } from '@preact/signals';

const QUERIES = ['(prefers-color-scheme: dark)', '(forced-colors: active)'];

/** The colours of the sheet for what is drawn by hand, light or dark as the reader has it. */
export const palette = signal(colorsNow());

for (const query of QUERIES) matchMedia(query).addEventListener('change', readAgain);
new MutationObserver(readAgain).observe(document.documentElement, {
  attributes: true,
  attributeFilter: ['data-theme'],
});

function readAgain(): void {
  palette.value = colorsNow();
}

function colorsNow() {
  // A canvas does not know light-dark(): what the sheet comes to is asked of an element.
  const probe = document.createElement('i');
  document.body.append(probe);
  const colorOf = (name: string): string => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const colors = {
    text: colorOf('text'),
    kept: colorOf('kept'),
    dropped: colorOf('dropped'),
    ground: colorOf('cell'),
    differs: colorOf('differs'),
  };
  probe.remove();
  return colors;
}
