import { useState } from 'preact/hooks';

const THEMES = { auto: 'as the system', light: 'light', dark: 'dark' } as const;

/** Light or dark, against what the system says. It is of this visit: nothing is stored. */
export function Theme() {
  const [theme, setTheme] = useState<keyof typeof THEMES>('auto');
  return (
    <label class="theme">
      <span>Light and dark</span>
      <select
        value={theme}
        onChange={(event) => {
          const chosen = event.currentTarget.value as keyof typeof THEMES;
          document.documentElement.dataset.theme = chosen;
          setTheme(chosen);
        }}
      >
        {Object.entries(THEMES).map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
