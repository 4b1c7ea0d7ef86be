/** Answers of the admin API as React sees them: cached, shared, refreshed when the books move on. */
import { QueryClient, useMutation, useQuery, useQueryClient, type Query, type UseMutationResult, type UseQueryResult } from '@tanstack/react-query'
import { mayAsk } from './session.ts'
import { ask, Problem, type Answer, type Given, type Route } from './api.ts'

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 15_000, refetchOnWindowFocus: true, retry: (count, cause) => count < 2 && cause instanceof Problem && (cause.status === 0 || cause.status >= 500) },
  },
})

/** Routes whose answers change with every posting. */
const books: ReadonlySet<string> = new Set<Route>(['GET /admin/v1/usage', 'GET /admin/v1/costs', 'GET /admin/v1/budgets', 'GET /admin/v1/doctor', 'GET /admin/v1/service', 'GET /admin/v1/capacity', 'GET /admin/v1/quarantine', 'GET /admin/v1/calls/{call}', 'GET /admin/v1/events', 'GET /admin/v1/health'])

export const refreshBooks = (): Promise<void> => queryClient.invalidateQueries({ predicate: ({ queryKey }) => books.has(String(queryKey[0])) })

export interface AskOptions {
  readonly enabled?: boolean
  /** Keeps the answer to the question before on the screen while the next one loads; not one that was grouped otherwise, whose rows would be read as what they are not. */
  readonly keep?: boolean
}

const groupingOf = (given: unknown): unknown => (given as { readonly query?: { readonly group_by?: unknown } } | undefined)?.query?.group_by

/** What the reader may not ask is not asked: it fails as the server would have it fail. */
export function useAsk<R extends Route>(route: R, given: Given<R>, { enabled = true, keep = false }: AskOptions = {}): UseQueryResult<Answer<R>, Error> {
  // The union of all answers is too large for the compiler, so the question is asked without its type.
  const asked = useQuery<unknown>({ queryKey: [route as string, given as unknown], queryFn: ({ signal }): Promise<unknown> => (mayAsk(route) ? ask(route, given, { signal }) : Promise.reject(new Problem(403, 'not_permitted', ''))), enabled, ...(keep ? { placeholderData: (before: unknown, of: Query | undefined): unknown => (groupingOf(of?.queryKey[1]) === groupingOf(given) ? before : undefined) } : {}) })
  return asked as UseQueryResult<Answer<R>, Error>
}

/** A change. `touches` names what has to be read again. */
export function useChange<R extends Route>(route: R, touches: readonly Route[]): UseMutationResult<Answer<R>, Error, Given<R>> {
  const client = useQueryClient()
  return useMutation<Answer<R>, Error, Given<R>>({
    mutationFn: (given) => ask(route, given),
    onSuccess: () => client.invalidateQueries({ predicate: ({ queryKey }) => touches.includes(queryKey[0] as Route) }),
  })
}
