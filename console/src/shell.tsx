/** What stands around every page: where one is, where one can go, whether it is live, who one is. */
import { Outlet, useLocation } from '@tanstack/react-router'
import { Suspense, useEffect, useRef, useState, type ReactNode } from 'react'
import { useWords, type Words } from './language.ts'
import { useLive } from './live.ts'
import { Go } from './parts/go.tsx'
import { Icon } from './parts/icon.tsx'
import { Mark } from './parts/mark.tsx'
import { Loading, NotPermitted } from './parts/states.tsx'
import { useFormat } from './format.ts'
import { paths, type Place } from './paths.ts'
import { mayOpen } from './places.ts'
import { useAsk } from './queries.ts'
import { useSession } from './session.ts'
import { signOut } from './who.ts'

const words = {
  'the-case': ['The case', 'Il caso'], outlook: ['Outlook', 'Prospettive'], overview: ['Overview', 'Panoramica'], calls: ['Calls', 'Chiamate'], playground: ['Playground', 'Banco di prova'], models: ['Models & providers', 'Modelli e fornitori'], access: ['Access', 'Accessi'], money: ['Money', 'Conti'], terms: ['Terms', 'Condizioni'], cases: ['Cases', 'Casi'], settings: ['Settings', 'Impostazioni'],
  areas: ['Areas', 'Aree'], menu: ['Menu', 'Menu'], closeMenu: ['Close menu', 'Chiudi menu'], skip: ['Skip to the page', 'Vai al contenuto'], signOut: ['Sign out', 'Esci'],
  live: ['Live', 'In diretta'], notLive: ['Reconnecting', 'Riconnessione'], perMinute: [(count: string) => `${count} calls in the last minute`, (count: string) => `${count} chiamate nell’ultimo minuto`], api: ['API reference', 'Riferimento API'], signedIn: ['Signed in as', 'Accesso come'],
  problems: [(count: number) => `${count} need attention`, (count: number) => `${count} da controllare`],
} as const satisfies Words

const areas: readonly { readonly id: 'the-case' | 'outlook' | 'overview' | 'calls' | 'playground' | 'models' | 'access' | 'money' | 'terms' | 'cases' | 'settings'; readonly to: Place }[] = [
  { id: 'the-case', to: paths.theCase() }, { id: 'overview', to: paths.overview() }, { id: 'calls', to: paths.calls() }, { id: 'playground', to: paths.playground() }, { id: 'models', to: paths.models() },
  { id: 'access', to: paths.access() }, { id: 'money', to: paths.money() }, { id: 'terms', to: paths.terms() }, { id: 'cases', to: paths.cases() }, { id: 'outlook', to: paths.outlook() }, { id: 'settings', to: paths.settings() },
]

export function Shell(): ReactNode {
  const w = useWords(words)
  const path = useLocation().pathname
  const { who } = useSession()
  const demo = useAsk('GET /admin/v1/demo', {}, { enabled: who?.may.includes('demo.read') === true })
  const visible = areas
    // Who sees no cases may still refer one: a maker's way into the area.
    .map((one) => (one.id === 'cases' && !mayOpen(one.to.to) ? { ...one, to: paths.referrals() } : one))
    .filter(({ id, to }) => mayOpen(to.to) && (id !== 'the-case' || demo.data?.playable === true))
  const [menu, setMenu] = useState(false)
  const main = useRef<HTMLElement>(null)
  const first = useRef(true)
  useEffect(() => {
    setMenu(false)
    // A new page is announced from its beginning, except on arrival.
    if (!first.current) main.current?.focus({ preventScroll: true })
    first.current = false
  }, [path])
  return (
    <div className="min-h-dvh lg:grid lg:grid-cols-[15.5rem_minmax(0,1fr)]">
      <a href="#main" className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-lg focus:bg-surface focus:px-3 focus:py-2 focus:text-ink">{w.skip}</a>
      <header className="sticky top-0 z-30 flex items-center justify-between bg-nav px-4 py-2.5 lg:hidden">
        <Mark />
        <button type="button" aria-expanded={menu} aria-controls="areas" onClick={() => setMenu(!menu)} className="inline-flex min-h-10 items-center gap-2 rounded-lg px-3 font-medium text-nav-ink outline-nav-ink hover:bg-nav-active"><Icon name={menu ? 'close' : 'menu'} />{menu ? w.closeMenu : w.menu}</button>
      </header>
      <nav id="areas" aria-label={w.areas} className={`${menu ? 'flex' : 'hidden'} z-20 flex-col bg-nav text-nav-ink max-lg:fixed max-lg:inset-x-0 max-lg:top-[3.75rem] max-lg:bottom-0 max-lg:overflow-y-auto lg:sticky lg:top-0 lg:flex lg:h-dvh`}>
        <div className="px-5 pt-6 pb-5 max-lg:hidden"><Mark /></div>
        <ul className="grid gap-0.5 px-3 max-lg:py-4">
          {visible.map(({ id, to }) => {
            const here = path === to.to || path.startsWith(`/${id}`)
            return <li key={id}><Go to={to} current={here} className={`flex min-h-10 items-center gap-3 rounded-lg px-3 font-medium transition ${here ? 'bg-nav-active text-nav-ink' : 'text-nav-muted hover:bg-nav-active hover:text-nav-ink'}`}><Icon name={id} />{w[id]}</Go></li>
          })}
        </ul>
        <NavFoot />
      </nav>
      <main id="main" ref={main} tabIndex={-1} className="min-w-0 outline-none"><Suspense fallback={<div className="p-7"><Loading rows={6} /></div>}>{mayOpen(path) ? <Outlet /> : <NotPermitted />}</Suspense></main>
    </div>
  )
}

function NavFoot(): ReactNode {
  const w = useWords(words)
  const format = useFormat()
  const live = useLive()
  const { who } = useSession()
  const doctor = useAsk('GET /admin/v1/doctor', {}, { enabled: who?.may.includes('ledger.read') === true })
  const minute = live.perSecond.reduce((sum, one) => sum + one, 0)
  const findings = doctor.data?.findings.length ?? 0
  return (
    <div className="mt-auto grid gap-3 border-t border-nav-active px-5 py-5 text-sm text-nav-muted">
      {findings === 0 ? null : <Go to={paths.settings('doctor')} className="inline-flex items-center gap-2 font-medium text-[#ffc46b] hover:underline"><Icon name="alert" className="size-4!" />{w.problems(findings)}</Go>}
      {who?.may.includes('calls.read') !== true ? null : <div>
        <p className="flex items-center gap-2 font-medium text-nav-ink"><span className={`size-2 rounded-full ${live.connected ? 'bg-[#5fe0a0]' : 'bg-[#ffc46b]'}`} />{live.connected ? w.live : w.notLive}</p>
        <p className="figures mt-0.5">{w.perMinute(format.count(minute))}</p>
        <Pulse perSecond={live.perSecond} />
      </div>}
      <div className="flex items-center justify-between gap-2">
        <span className="min-w-0 truncate" title={who?.name}>{w.signedIn}<br />{who?.account === true ? <Go to={paths.account()} className="font-medium text-nav-ink underline-offset-2 hover:underline">{who.name}</Go> : <span className="font-medium text-nav-ink">{who?.name ?? '…'}</span>}</span>
        <button type="button" onClick={() => void signOut()} className="inline-flex min-h-8 shrink-0 items-center gap-1.5 rounded-md px-2 font-medium text-nav-ink hover:bg-nav-active"><Icon name="out" className="size-4!" />{w.signOut}</button>
      </div>
      <a href="/api" className="hover:text-nav-ink hover:underline">{w.api} · {who?.version ?? ''}</a>
    </div>
  )
}

/** Calls of the last minute, a bar for each second. */
function Pulse({ perSecond }: { readonly perSecond: readonly number[] }): ReactNode {
  const most = Math.max(1, ...perSecond)
  return (
    <svg viewBox="0 0 120 22" preserveAspectRatio="none" aria-hidden="true" className="mt-2 h-6 w-full">
      {perSecond.map((count, index) => <rect key={index} x={index * 2} width="1.4" y={21 - (count / most) * 20} height={Math.max(0.8, (count / most) * 20)} fill="#7fd6dc" opacity={count === 0 ? 0.35 : 1} />)}
    </svg>
  )
}
