/** Images as URLs and as data: OpenAI's formats write both as one URL, Anthropic's as two kinds of source. */
import type { ImageSource } from './part.ts'

const dataUrl = /^data:([\w.+-]+\/[\w.+-]+);base64,/i

/** The source that a URL names; undefined where it is neither http(s) nor a base64 data URL. */
export function imageOfUrl(url: string): ImageSource | undefined {
  const match = dataUrl.exec(url)
  if (match !== null) return { type: 'data', mediaType: (match[1] ?? '').toLowerCase(), data: url.slice(match[0].length) }
  return /^https?:\/\//i.test(url) ? { type: 'url', url } : undefined
}

export const urlOfImage = (source: ImageSource): string => source.type === 'url' ? source.url : `data:${source.mediaType};base64,${source.data}`
