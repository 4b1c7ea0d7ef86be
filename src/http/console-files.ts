/**
 * The console: static files, built beforehand, with the strictest content policy that they run under. Its own routes all
 * answer with the one page; anything else that is not a file is not served here.
 */
import { existsSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** First segments of the page's own paths; what stands in console/src/paths.ts. */
const routes: ReadonlySet<string> = new Set(['', 'the-case', 'outlook', 'start', 'overview', 'calls', 'playground', 'models', 'access', 'money', 'terms', 'cases', 'settings', 'account', 'sign-in', 'set-up', 'welcome'])

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml', '.json': 'application/json', '.woff2': 'font/woff2', '.png': 'image/png',
}

const guards: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cross-origin-opener-policy': 'same-origin', 'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=()',
}

const notBuilt = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Weir</title><h1>The console is not built</h1>
<p>Weir runs, and its API and command line work. Build the console once, then load this page again:</p><pre>npm run console:build</pre><p><a href="/api">The admin API</a> describes itself.</p></html>`

interface Body { readonly bytes: Buffer; readonly encoding: string | undefined }

export interface ConsoleFiles {
  /** True where it has answered. */
  readonly handle: (request: IncomingMessage, response: ServerResponse, path: string) => boolean
}

/** Where a build lies: beside the sources of a clone, beside the compiled files of the package. */
const folders = ['../../dist/console/', '../../console/'].map((path) => fileURLToPath(new URL(path, import.meta.url)))

/** The first of the folders with a build in it. Read anew until one is found, so that a build is seen without a restart. */
export function consoleFiles(candidates: readonly string[] = folders): ConsoleFiles {
  const known = new Map<string, Body>()
  const folder = (): string | undefined => candidates.find((one) => existsSync(join(one, 'index.html')) && !existsSync(join(one, 'vite.config.ts')))

  const read = (home: string, path: string, accepted: string): Body | undefined => {
    for (const [encoding, suffix] of [['br', '.br'], ['gzip', '.gz'], [undefined, '']] as const) {
      if (encoding !== undefined && !accepted.includes(encoding)) continue
      const file = join(home, `${path}${suffix}`)
      const before = known.get(file)
      if (before !== undefined) return before
      if (!existsSync(file)) continue
      const body = { bytes: readFileSync(file), encoding }
      // Assets are named for their content; the page itself may be built again.
      if (path.startsWith('/assets/')) known.set(file, body)
      return body
    }
    return undefined
  }

  return {
    handle: (request, response, path) => {
      const isAsset = /^\/assets\/[\w.-]+$/.test(path)
      if (!isAsset && !routes.has(path.split('/')[1] ?? '')) return false
      if (request.method !== 'GET' && request.method !== 'HEAD') return false
      const home = folder()
      if (home === undefined) {
        if (isAsset) return false
        response.writeHead(503, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', ...guards }).end(request.method === 'HEAD' ? undefined : notBuilt)
        return true
      }
      const name = isAsset ? path : '/index.html'
      const body = read(home, name, String(request.headers['accept-encoding'] ?? ''))
      if (body === undefined) return false
      response.writeHead(200, {
        'content-type': types[extname(name)] ?? 'application/octet-stream', 'content-length': body.bytes.length, vary: 'accept-encoding',
        'cache-control': isAsset ? 'public, max-age=31536000, immutable' : 'no-cache', ...(body.encoding === undefined ? {} : { 'content-encoding': body.encoding }), ...guards,
      }).end(request.method === 'HEAD' ? undefined : body.bytes)
      return true
    },
  }
}
