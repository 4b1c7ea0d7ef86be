/** A role, and what binds it: the organization of a customer, the maker of a maker. */
import type { ReactNode } from 'react'
import { useWords, type Words } from '../language.ts'
import { useAsk } from '../queries.ts'
import { ChoiceField, TextField } from './form.tsx'
import { shared } from './words.ts'

export const roles = ['owner', 'finance', 'compliance', 'engineer', 'auditor', 'customer', 'maker'] as const
export type Role = (typeof roles)[number]

const words = {
  owner: ['Owner', 'Proprietario'], finance: ['Finance', 'Finanza'], compliance: ['Compliance', 'Compliance'], engineer: ['Engineer', 'Tecnico'], auditor: ['Auditor', 'Revisore'], customer: ['Customer', 'Cliente'], maker: ['Maker', 'Produttore'],
  role: ['Role', 'Ruolo'], makerHint: ['As it stands beside its models.', 'Come sta scritto accanto ai suoi modelli.'],
  ownerDoes: ['Everything, users and tokens too.', 'Tutto, anche utenti e token.'], financeDoes: ['Money: prices, contracts, invoices, statements, outlook. Reads the rest of operations.', 'I conti: prezzi, contratti, fatture, rendiconti, previsioni. Legge il resto.'], complianceDoes: ['Terms, datasets, content, cases. Reads usage and calls.', 'Condizioni, dataset, contenuti, casi. Legge consumi e chiamate.'],
  engineerDoes: ['Providers, models, organizations, keys, datasets. Sees no invoices.', 'Fornitori, modelli, organizzazioni, chiavi, dataset. Non vede le fatture.'], auditorDoes: ['Reads everything, changes nothing.', 'Legge tutto, non cambia nulla.'], customerDoes: ['Its own organization only: usage, costs, invoices, cases, statement of use, keys.', 'Solo la propria organizzazione: consumi, costi, fatture, casi, dichiarazione d’uso, chiavi.'], makerDoes: ['Sums over its own models, its statements, the cases that it referred.', 'Somme sui propri modelli, i propri rendiconti, i casi che ha segnalato.'],
} as const satisfies Words

export interface BoundRole {
  readonly role: Role
  readonly organization: string
  readonly maker: string
}

export const anyRole: BoundRole = { role: 'auditor', organization: '', maker: '' }

/** As the admin API takes it. */
export const boundBody = ({ role, organization, maker }: BoundRole): { readonly role: Role; readonly organization?: string; readonly maker?: string } =>
  ({ role, ...(role === 'customer' ? { organization } : {}), ...(role === 'maker' ? { maker } : {}) })

export function useRoleName(): (role: Role) => string {
  const w = useWords(words)
  return (role) => w[role]
}

export function RoleFields({ value, onChange }: { readonly value: BoundRole; readonly onChange: (value: BoundRole) => void }): ReactNode {
  const w = useWords(words)
  const s = useWords(shared)
  const organizations = useAsk('GET /admin/v1/organizations', {}, { enabled: value.role === 'customer' })
  const names = organizations.data?.data.map((one) => one.name) ?? []
  return (
    <>
      <ChoiceField label={w.role} hint={w[`${value.role}Does`]} value={value.role} onChange={(role) => onChange({ ...value, role })} options={roles.map((one) => [one, w[one]] as const)} />
      {value.role === 'customer' ? <ChoiceField label={s.organization} value={value.organization} onChange={(organization) => onChange({ ...value, organization })} options={[['', '—'] as const, ...names.map((one) => [one, one] as const)]} /> : null}
      {value.role === 'maker' ? <TextField label={s.maker} hint={w.makerHint} value={value.maker} onChange={(maker) => onChange({ ...value, maker })} required /> : null}
    </>
  )
}
