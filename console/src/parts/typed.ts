/** What people type into forms, as the register takes it. */

export const dayMs = 86_400_000
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
export const startOf = (day: string | undefined): number => Date.parse(`${day ?? ''}T00:00:00Z`)
/** The end of a chosen day, UTC. */
export const endOf = (day: string | undefined): number => startOf(day) + dayMs
/** Without what was left empty. */
export const given = (members: Readonly<Record<string, unknown>>): Record<string, unknown> => Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== ''))
/** Names between commas; undefined where there are none. */
export const listed = (text: string | undefined): string[] | undefined => { const all = (text ?? '').split(',').map((one) => one.trim()).filter((one) => one !== ''); return all.length === 0 ? undefined : all }
