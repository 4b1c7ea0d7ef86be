/** Who did something, as people read it: acts stand under ids, which never change; names do. */
import { useMemo } from 'react'
import { useWords, type Words } from './language.ts'
import { useAsk } from './queries.ts'
import { useSession } from './session.ts'

const words = { person: ['a person of the house', 'una persona della casa'] } as const satisfies Words

/** Ids of users; whatever else acts (a token, a detector) is named by its own label. */
const isUser = (actor: string): boolean => actor.startsWith('user_')

/** From an actor to a name. Customers and makers read no names of the house's people. */
export function useNames(): (actor: string) => string {
  const w = useWords(words)
  const { who } = useSession()
  const people = useAsk('GET /admin/v1/people', {}).data
  return useMemo(() => {
    const names = new Map((people?.data ?? []).map((one) => [one.id, one.name]))
    return (actor) => (actor === who?.actor ? who.name : (names.get(actor) ?? (isUser(actor) && people === undefined ? w.person : actor)))
  }, [people, who, w])
}
