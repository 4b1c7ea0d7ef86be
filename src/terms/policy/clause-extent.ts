/**
 * How much a clause's text may hold. Cedar reads and evaluates by recursion, on a stack of its own that nobody sees: past
 * its end it breaks for the whole process, and every decision after it. So a text is measured before Cedar sees it.
 */

/** Brackets open at once, and signs that chain: of each Cedar bears some two to ten times as many, by the sign. */
const nestingMax = 32
const signsMax = 200
/** Far more than any clause needs, and few enough to be measured at once. */
const lettersMax = 65_536

/** Strings and comments, which nest nothing, before what does. A string without an end is one to the end of the text, so each letter is read once. */
const tokens = /"(?:\\[^]|[^"\\])*(?:"|\\?$)|\/\/[^\n\r]*|[([{]|[)\]}]|&&|\|\||[-+*.!]|[<>=]=?|\b(?:if|has|like|in|is)\b/g

/** Why a text is too much for Cedar, in a sentence; undefined: it is not. */
export function extentFault(text: string): string | undefined {
  if (text.length > lettersMax) return `it is longer than ${lettersMax} letters: divide it into several clauses`
  let open = 0
  let signs = 0
  for (const [token] of text.matchAll(tokens)) {
    if (/^["/]/.test(token)) continue
    if (/^[([{]/.test(token)) open += 1
    else if (/^[)\]}]/.test(token)) open = Math.max(0, open - 1)
    else signs += 1
    if (open > nestingMax) return `it is nested deeper than ${nestingMax} levels: write it flatter, or as several clauses`
  }
  return signs > signsMax ? `it has ${signs} operators, and ${signsMax} are the most: divide it into several clauses` : undefined
}
