import { Bench } from './bench/bench.tsx';
import { Theme } from './parts/theme.tsx';
import { schemeOf, type Settings, type View, VIEWS } from './state/lab-settings.ts';
import { address, linkTo } from './state/address.ts';
import { KeysView } from './views/keys/keys-view.tsx';
import { MasksView } from './views/masks/masks-view.tsx';

const SHOWN: Readonly<Record<View, typeof MasksView>> = { masks: MasksView, keys: KeysView };

/** The page: where one can go, what is looked at, and the picture of it. */
export function Lab() {
  const { settings, problems, unknown } = address.value;
  const { scheme, problem } = schemeRead(settings);
  const Shown = SHOWN[settings.view];
  const strangers = Object.keys(unknown);
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('picture')?.focus()}>
        To the picture
      </button>
      <header>
        <h1 class="name">
          keepgate <span>lab</span>
        </h1>
        <nav aria-label="Views">
          <ul>
            {(Object.keys(VIEWS) as View[]).map((view) => (
              <li key={view}>
                <a href={linkTo({ view })} aria-current={view === settings.view ? 'page' : undefined}>
                  {VIEWS[view]}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <Theme />
      </header>
      <div class="columns">
        <Bench problem={problem} />
        <main id="picture" tabIndex={-1}>
          {problems.map((text) => (
            <p class="problem" role="alert" key={text}>
              {text}
            </p>
          ))}
          {strangers.length > 0 ? (
            <p class="says">The link also says {strangers.join(', ')}, which this version does not know.</p>
          ) : null}
          {scheme ? (
            <Shown scheme={scheme} settings={settings} />
          ) : (
            <p>There is a picture as soon as the scheme is one.</p>
          )}
        </main>
      </div>
    </>
  );
}

function schemeRead(settings: Settings) {
  try {
    return { scheme: schemeOf(settings), problem: null };
  } catch (error) {
    return { scheme: null, problem: (error as Error).message };
  }
}
