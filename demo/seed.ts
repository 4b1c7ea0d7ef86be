/** `weir demo --seed`: the acts of the case on a running sandbox installation, in order; each is played once. */
import { readBooks, type BookFigure } from './seed/books.ts'
import { act as calls } from './seed/calls.ts'
import { appealAct, suspensionAct } from './seed/cases.ts'
import { realProviders, settled, setUp } from './seed/installation.ts'
import { billAct, invoiceAct } from './seed/money.ts'
import { openPlay, type Act } from './seed/play.ts'
import { outlookAct, ownModelAct } from './seed/plan.ts'
import { act as exportAct } from './seed/terms.ts'

export const acts: readonly Act[] = [calls, billAct, invoiceAct, exportAct, suspensionAct, appealAct, ownModelAct, outlookAct]

export interface SeedOptions {
  readonly url: string
  readonly token: string
  /** Told line by line what an act does, with the act's number. */
  readonly say: (line: string, act: Act) => void
  /** The act to play, after those that it needs; left out: all. */
  readonly only?: number
}

export interface PlayedAct {
  readonly number: number
  readonly title: string
  /** `there`: an earlier run played it. */
  readonly was: 'played' | 'there'
}

export type Seeded =
  | { readonly status: 'played'; readonly acts: readonly PlayedAct[]; readonly before: readonly BookFigure[]; readonly after: readonly BookFigure[] }
  | { readonly status: 'refused'; readonly says: string }

const withNeeds = (number: number): ReadonlySet<number> => new Set([number, ...(acts.find((act) => act.number === number)?.needs ?? []).flatMap((each) => [...withNeeds(each)])])

/** Plays what was not played yet. Refused where the installation has a provider that is not the sandbox. */
export async function seed({ url, token, say, only }: SeedOptions): Promise<Seeded> {
  let now = calls
  const { play, close } = openPlay(url, token, (line) => say(line, now))
  try {
    const says = await realProviders(play)
    if (says !== undefined) return { status: 'refused', says }
    const before = await readBooks(play)
    await setUp(play)
    await settled(play)
    const wanted = only === undefined ? new Set(acts.map((act) => act.number)) : withNeeds(only)
    const played: PlayedAct[] = []
    for (const act of acts.filter((one) => wanted.has(one.number))) {
      now = act
      const there = await act.played(play)
      if (!there) await act.run(play)
      played.push({ number: act.number, title: act.title, was: there ? 'there' : 'played' })
    }
    return { status: 'played', acts: played, before, after: await readBooks(play) }
  } finally {
    await close()
  }
}
