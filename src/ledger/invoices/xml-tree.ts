/** As much of XML as our own checker needs to read invoices: elements, attributes, text. No entities beyond the five, no DTD. */
export interface XmlNode {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlNode[]
  readonly text: string
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const unescape = (text: string): string => text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => entities[name] ?? '')

interface Building { name: string; attributes: Record<string, string>; children: XmlNode[]; text: string }

/** The root element, or a reason why the text is not well formed. */
export function parseXml(source: string): XmlNode | { readonly reason: string } {
  const stack: Building[] = []
  let root: XmlNode | undefined
  const token = /<\?[^>]*\?>|<!--[\s\S]*?-->|<(\/?)([A-Za-z_][\w.:-]*)((?:\s+[\w.:-]+\s*=\s*"[^"<]*")*)\s*(\/?)>|([^<]+)/g
  let at = 0
  for (const match of source.matchAll(token)) {
    if (match.index !== at) return { reason: `not XML at character ${at}` }
    at = match.index + match[0].length
    const [, closing, name, attributes, selfClosing, text] = match
    if (text !== undefined) {
      const top = stack.at(-1)
      if (top !== undefined) top.text += unescape(text)
      else if (text.trim() !== '') return { reason: 'text outside the root element' }
      continue
    }
    if (name === undefined) continue
    if (closing === '/') {
      const done = stack.pop()
      if (done === undefined || done.name !== name) return { reason: `</${name}> closes nothing` }
      const parent = stack.at(-1)
      if (parent === undefined) root = done
      else parent.children.push(done)
      continue
    }
    const node: Building = { name, attributes: {}, children: [], text: '' }
    for (const [, key = '', value = ''] of (attributes ?? '').matchAll(/([\w.:-]+)\s*=\s*"([^"]*)"/g)) node.attributes[key] = unescape(value)
    if (selfClosing !== '/') stack.push(node)
    else if (stack.length > 0) stack.at(-1)?.children.push(node)
    else root = node
  }
  if (at !== source.length || stack.length > 0 || root === undefined) return { reason: `not well formed: ${stack.length} elements are not closed` }
  return root
}

/** Nodes at a path of names below a node. */
export const nodesAt = (node: XmlNode, ...path: readonly string[]): readonly XmlNode[] =>
  path.reduce<readonly XmlNode[]>((nodes, name) => nodes.flatMap((item) => item.children.filter((child) => child.name === name)), [node])

export const textAt = (node: XmlNode, ...path: readonly string[]): string | undefined => nodesAt(node, ...path)[0]?.text.trim()
