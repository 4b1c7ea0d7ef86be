#!/usr/bin/env node
// Plain JavaScript that old versions of Node can read. Weir needs Node 24; where this one is older, the Node that was
// installed along with Weir takes over. A static import of anything newer would fail here before a message could be given.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const needed = 24

if (Number(process.versions.node.split('.')[0]) >= needed) {
  const source = new URL('../src/cli/main.ts', import.meta.url)
  // A clone runs its sources; the published package has none, since types are not stripped inside node_modules.
  const { main } = await import(existsSync(source) ? source.href : new URL('../dist/src/cli/main.js', import.meta.url).href)
  await main(process.argv.slice(2))
} else {
  const node = bundledNode()
  if (node === undefined) {
    process.stderr.write(`weir needs Node ${needed} and this is Node ${process.versions.node}.
The package "node" brings the right one along, but its install script did not run.
Allow it and install again, in the folder where Weir is installed:
  npm rebuild node --foreground-scripts --ignore-scripts=false
or run Weir with Node ${needed} or later: https://nodejs.org/en/download
`)
    process.exit(1)
  }
  reexecute(node)
}

/** Path of the installed Node 24; undefined where its install script was blocked. */
function bundledNode() {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('node/package.json'))
    return ['bin/node', 'bin/node.exe'].map((name) => join(folder, name)).find((path) => existsSync(path))
  } catch {
    // `resolve` throws where the package is not installed at all.
    return undefined
  }
}

function reexecute(node) {
  // The channel tells the child when this process is gone, so that it drains instead of living on alone.
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2']) process.on(signal, () => child.kill(signal))
  child.on('error', (cause) => {
    process.stderr.write(`cannot start ${node}: ${cause.message}\n`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2']) process.removeAllListeners(name)
    process.kill(process.pid, signal)
  })
}
