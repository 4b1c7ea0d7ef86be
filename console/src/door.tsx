/** The frame of the pages around signing in: the river on one side, one form on the other. */
import { useEffect, type ReactNode } from 'react'
import { setLanguage, useLanguage, useWords, type Words } from './language.ts'
import { Segments } from './parts/form.tsx'
import { Mark } from './parts/mark.tsx'

const words = {
  language: ['Language', 'Lingua'], promise: ['Measure, govern, divert.', 'Misurare, governare, deviare.'], about: ['Every call metered to the token, every amount booked, every rule shown.', 'Ogni chiamata misurata al token, ogni importo contabilizzato, ogni regola in vista.'],
  open: ['This connection is not encrypted: whoever is between could read what you type. Put TLS in front of Weir.', 'Questa connessione non è cifrata: chi sta in mezzo potrebbe leggere ciò che scrivi. Metti TLS davanti a Weir.'],
} as const satisfies Words

export function Door({ title, intro, children }: { readonly title: string; readonly intro?: ReactNode; readonly children: ReactNode }): ReactNode {
  const w = useWords(words)
  const language = useLanguage()
  useEffect(() => {
    document.title = `${title} · Weir`
  }, [title])
  return (
    <main className="grid min-h-dvh lg:grid-cols-[minmax(0,1fr)_minmax(0,1.1fr)]">
      <div className="flex flex-col justify-between gap-10 bg-nav px-6 py-6 text-nav-ink sm:px-12 lg:py-12">
        <Mark />
        <div className="max-lg:hidden">
          <p className="text-4xl font-semibold tracking-tight text-balance">{w.promise}</p>
          <p className="mt-4 max-w-md text-lg text-nav-muted">{w.about}</p>
        </div>
        <River />
      </div>
      <div className="grid grid-cols-[minmax(0,28rem)] content-center justify-center gap-5 px-5 py-10">
        <h1 className="text-2xl font-semibold tracking-tight">{title}</h1>
        {intro === undefined ? null : <div className="text-muted">{intro}</div>}
        {window.isSecureContext ? null : <p className="rounded-lg bg-warn-tint px-3 py-2 text-warn">{w.open}</p>}
        {children}
        <div><Segments label={w.language} value={language} onChange={setLanguage} options={[['en', 'English'], ['it', 'Italiano']]} /></div>
      </div>
    </main>
  )
}

/** A river before and behind its weir. */
function River(): ReactNode {
  return (
    <svg viewBox="0 0 480 120" aria-hidden="true" className="w-full max-w-xl max-lg:hidden" fill="none" strokeLinecap="round" strokeWidth="2.5">
      {[0, 1, 2].map((line) => <path key={line} d={`M4 ${22 + line * 15}c22 0 22-7 44-7s22 7 44 7 22-7 44-7 22 7 44 7 22-7 44-7 13 3 26 3`} stroke="#7fd6dc" opacity={0.95 - line * 0.25} />)}
      <path d="M254 8v92" stroke="#f2f8f7" strokeWidth="5" />
      {[0, 1, 2].map((line) => <path key={line} d={`M258 ${64 + line * 15}c20 0 20-7 40-7s20 7 40 7 20-7 40-7 20 7 40 7 20-7 40-7 12 3 22 3`} stroke="#7fd6dc" opacity={0.95 - line * 0.25} />)}
    </svg>
  )
}
