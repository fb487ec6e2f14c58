import { signal } from '@preact/signals';
import { type Address, readFragment, writeFragment } from './fragment.ts';
import type { Settings } from './lab-settings.ts';

/** What the address says now: everything that is drawn follows from it. */
export const address = signal<Address>(readFragment(location.hash));

window.addEventListener('hashchange', () => {
  address.value = readFragment(location.hash);
});

/**
 * Change what is shown. While something is dragged the address is replaced; what ends there is a step that the browser goes
 * back from.
 */
export function show(changes: Partial<Settings>, { isDragging = false } = {}): void {
  const { settings, unknown } = address.value;
  address.value = { settings: { ...settings, ...changes }, problems: [], unknown };
  const fragment = writeFragment(address.value.settings, unknown);
  if (fragment === location.hash) return;
  if (isDragging) history.replaceState(null, '', fragment);
  else history.pushState(null, '', fragment);
}

/** The address of settings that differ so, to be a link. */
export function linkTo(changes: Partial<Settings>): string {
  const { settings, unknown } = address.value;
  return writeFragment({ ...settings, ...changes }, unknown);
}
