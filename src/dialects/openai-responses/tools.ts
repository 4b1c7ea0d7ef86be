/**
 * Tools as the Responses API names them, in requests and in answers, side by side: what a request asks for is held by the
 * meter by which the answer's calls are counted.
 */
import type { Counts } from '../../kernel/meters.ts'
import { isWebSearch } from '../ask-fields.ts'
import type { Ask } from '../dialect.ts'
import { defined, listOf, numberOf, recordOf, stringOf, type JsonRecord } from '../json-fields.ts'

/** Tools that the client runs itself: nothing of theirs is sold beside tokens. */
export const plainTools: ReadonlySet<string> = new Set(['function', 'custom'])

/** Items by which a model calls them, and those by which the client answers. */
export const plainCalls: ReadonlySet<string> = new Set(['function_call', 'custom_tool_call'])
export const plainOutputs: ReadonlySet<string> = new Set(['function_call_output', 'custom_tool_call_output'])

/** Tools that work in a container of the host's. */
const containerTools: ReadonlySet<string> = new Set(['code_interpreter', 'shell'])

/** Hosted tools of a request that are sold by the call. */
export function hostedTools(types: readonly string[], callsMax: number | undefined): Ask['hostedTools'] {
  const meters = new Set<Ask['hostedTools'][number]['meter']>()
  for (const type of types) {
    if (isWebSearch(type)) meters.add('web_search_call')
    else if (type === 'file_search') meters.add('file_search_call')
    else if (containerTools.has(type)) meters.add('code_interpreter_session')
  }
  return [...meters].map((meter) => ({ meter, callsMax }))
}

/**
 * The same, counted from what the response did. Web searches: `tool_usage` where the response has it, else the output's
 * search actions; opening a page or searching inside one is not sold. File searches: one per call. Code interpreter and
 * hosted shell: one session per container, told or not; a shell that names none is the client's own. Undefined where the output has none.
 */
export function hostedCalls(response: JsonRecord): Counts {
  const output = listOf(response['output']).map(recordOf)
  const calls = (type: string): readonly (JsonRecord | undefined)[] => output.filter((item) => item?.['type'] === type)
  const searches = calls('web_search_call').filter((item) => (stringOf(recordOf(item?.['action'])?.['type']) ?? 'search') === 'search').length
  const counted = numberOf(recordOf(recordOf(response['tool_usage'])?.['web_search'])?.['num_requests'])
  const containers = new Set([...calls('code_interpreter_call').map((item) => containerOfCall(item)[0]), ...calls('shell_call').flatMap(containerOfCall)]).size
  const some = (count: number): number | undefined => count === 0 ? undefined : count
  return defined<Counts>({
    webSearchCalls: some(counted ?? searches),
    fileSearchCalls: some(calls('file_search_call').length),
    codeInterpreterSessions: some(containers),
  })
}

/** The container that a tool of a request is to work in: `container` of the code interpreter, `environment` of the shell. */
export const containerOfTool = (field: (name: string) => unknown): readonly string[] => named(field('container'), field('environment'))

/** The container that a call of an answer worked in, by which a later request can name it. */
export const containerOfCall = (item: JsonRecord | undefined): readonly string[] => named(item?.['container_id'], item?.['environment'])

function named(id: unknown, environment: unknown): readonly string[] {
  const container = stringOf(id) ?? stringOf(recordOf(environment)?.['container_id'])
  return container === undefined || container === '' ? [] : [container]
}
