/** Of what is read by recursion here or by whoever shows it: deeper ends on no stack. */
const nestingMax = 512

/** A member that an object of a JSON text names twice: of two readers each may take another one, and only one of them is checked here. Throws where it is nested too deeply. */
export function namedTwice(text: string): string | undefined {
  const open: Set<string>[] = []
  let quoted: number | undefined
  let name = ''
  // One sign at a time, since a payload is one string of many megabytes.
  for (const { 0: sign, index } of text.matchAll(/\\.|["{}[\]:]/g)) {
    if (quoted !== undefined) {
      if (sign !== '"') continue
      name = text.slice(quoted, index + 1)
      quoted = undefined
    } else if (sign === '"') quoted = index
    else if (sign === '{' || sign === '[') {
      if (open.push(new Set()) > nestingMax) throw new RangeError(`nested deeper than ${nestingMax} levels`)
    }
    else if (sign === '}' || sign === ']') open.pop()
    else if (open.at(-1)?.size === open.at(-1)?.add(JSON.parse(name) as string).size) return name
  }
  return undefined
}
