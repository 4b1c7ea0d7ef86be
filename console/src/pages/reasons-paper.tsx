/** A statement of reasons as the customer reads it, with the fields of the Digital Services Act's database behind it. */
import type { ReactNode } from 'react'
import { useFormat } from '../format.ts'
import { useWords, type Words } from '../language.ts'
import { Code, plainJson } from '../parts/code.tsx'
import { Facts } from '../parts/facts.tsx'
import { useCaseWords } from './cases-page.tsx'

const words = {
  facts: ['Facts', 'Fatti'], kind: ['What is restricted', 'Cosa è limitato'], subject: ['Whom', 'Chi'], ground: ['Ground', 'Fondamento'], from: ['From', 'Dal'], until: ['Until', 'Fino al'], lifted: ['until it is lifted', 'fino a revoca'], automated: ['Automated', 'Automatico'], detection: ['detection', 'rilevamento'], decision: ['decision', 'decisione'], none: ['neither detection nor decision', 'né rilevamento né decisione'], notice: ['Notice', 'Notifica'], first: ['came first', 'data prima'], notFirst: [(why: string) => `did not come first: ${why}`, (why: string) => `non data prima: ${why}`], redress: ['How to appeal', 'Come presentare appello'], fields: ['In the fields of Regulation (EU) 2022/2065, Art. 17', 'Nei campi del Regolamento (UE) 2022/2065, art. 17'],
} as const satisfies Words

interface Reasons { readonly restriction_type: string; readonly subject: string; readonly clause: string; readonly decision_facts: string; readonly application_date: string; readonly end_date: string | null; readonly automated_detection: boolean; readonly automated_decision: boolean; readonly notice_first: boolean; readonly why_no_notice: string | null; readonly redress: string }

export function ReasonsPaper({ reasons }: { readonly reasons: Readonly<Record<string, unknown>> }): ReactNode {
  const w = useWords(words)
  const c = useCaseWords()
  const format = useFormat()
  const one = reasons as unknown as Reasons
  const automated = [one.automated_detection ? w.detection : '', one.automated_decision ? w.decision : ''].filter((part) => part !== '')
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <p className="max-w-prose text-lg">{one.decision_facts}</p>
      <Facts facts={[
        { label: w.kind, value: c[one.restriction_type as 'watch'] ?? one.restriction_type }, { label: w.subject, value: one.subject }, { label: w.ground, value: one.clause }, { label: w.from, value: format.moment(one.application_date) }, { label: w.until, value: one.end_date === null ? w.lifted : format.moment(one.end_date) },
        { label: w.automated, value: automated.length === 0 ? w.none : automated.join(', ') }, { label: w.notice, value: one.notice_first ? w.first : w.notFirst(one.why_no_notice ?? '–') },
      ]} />
      <p className="max-w-prose"><span className="font-medium">{w.redress}:</span> {one.redress}</p>
      <details><summary className="w-fit text-sm text-muted hover:text-ink">{w.fields}</summary><div className="mt-2"><Code label={w.fields} text={plainJson(reasons)} /></div></details>
    </div>
  )
}
