import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { parseWeirFile, problemText, type Problem } from './admin/weir-file.ts'
import { publishedSchema } from './admin/weir-file-schema.ts'
import { type Config, type ConfigErrors, type Flags, isProblems, readConfig } from './config.ts'

/** The example of the documents: it has to work as it stands. */
const example = `providers:
  upstream: { type: openai-compatible, prices: openai, baseUrl: "http://127.0.0.1:9000/v1", apiKey: "\${UPSTREAM_KEY}" }
models:
  gpt-4.1: { deployments: [{ provider: upstream, model: gpt-4.1 }] }
organizations:
  acme:
    projects:
      feed:
        budget: { amount: "100.00", currency: USD, period: month }
        keys: [{ name: feed-1, secret: "\${FEED_KEY}" }]
`
const env = { UPSTREAM_KEY: 'upstream-secret', FEED_KEY: 'feed-secret-of-24-letters' }

const read = (text: string, flags: Flags = {}, more: Readonly<Record<string, string>> = {}): Config | ConfigErrors =>
  readConfig({ flags: { config: 'weir.yaml', ...flags }, env: { ...env, ...more }, readFile: () => ({ text }) })

function config(given: Config | ConfigErrors): Config {
  assert.ok(!('problems' in given), JSON.stringify(given))
  return given
}

const problems = (text: string, environment: Readonly<Record<string, string>> = env): readonly string[] => {
  const parsed = parseWeirFile(text, 'weir.yaml', environment)
  return isProblems(parsed) ? parsed.map((problem: Problem) => problemText(problem)) : []
}

test('the example works as it stands', () => {
  const { file } = config(read(example))
  assert.equal(file?.parsed.resources.providers['upstream']?.apiKey, 'upstream-secret')
  assert.equal(file?.parsed.resources.organizations['acme']?.projects['feed']?.keys[0]?.secret, 'feed-secret-of-24-letters')
  assert.equal(file?.parsed.resources.organizations['acme']?.projects['feed']?.budget?.timeZone, 'UTC')
})

test('a flag wins over the environment, the environment over the file, the file over the default', () => {
  const text = 'listen: { port: 1001, host: 0.0.0.0 }\ndrainMs: 5\njournal: { durability: power }\n'
  assert.equal(config(read(text)).port, 1001)
  assert.equal(config(read(text, {}, { WEIR_PORT: '1002' })).port, 1002)
  assert.equal(config(read(text, { port: '1003' }, { WEIR_PORT: '1002' })).port, 1003)
  const given = config(read(text))
  assert.deepEqual([given.host, given.drainMs, given.durability, given.staleAfterMs, given.role, given.database], ['0.0.0.0', 5, 'power', 10_000, 'all', undefined])
  const plain = config(readConfig({ flags: {}, env: {}, readFile: () => ({ failed: 'never read' }) }))
  assert.deepEqual([plain.host, plain.port, plain.file, plain.masterKey], ['127.0.0.1', 8080, undefined, undefined])
  assert.ok(Object.isFrozen(plain))
  assert.equal(config(read('listen: { port: "${PORT}" }', {}, { PORT: '81' })).port, 81)
})

test('wrong flags and variables are named with what was expected, all at once', () => {
  const given = readConfig({ flags: { port: '80x', role: 'king', durability: 'never' }, env: { WEIR_DRAIN_MS: '-1', WEIR_DATABASE_URL: 'mysql://x' }, readFile: () => ({ failed: '' }) })
  assert.deepEqual('problems' in given ? given.problems.map(problemText) : [], [
    'WEIR_DATABASE_URL: expected a URL such as postgres://user:password@host:5432/weir',
    '--port: expected a port: a whole number from 0 to 65535',
    '--role: expected all or gateway or control',
    '--durability: expected process or power',
    'WEIR_DRAIN_MS: expected milliseconds: a whole number',
  ])
})

test('every wrong entry is refused with file, line, path and the expected form', () => {
  const wrong = example.replace('"100.00"', '100').replace('period: month', 'perid: week').replace('models:', 'modles:').replace('"http://127.0.0.1:9000/v1"', 'here')
  assert.deepEqual(problems(wrong), [
    'weir.yaml:2:56: providers.upstream.baseUrl: expected a URL such as "https://host/v1"',
    'weir.yaml:3:1: modles: unknown entry (did you mean models?); expected one of providers, models, organizations, prices, listen, data, database, role, journal, drainMs, staleAfterMs, bodyLimitBytes, log, witnesses, webhooks, otlp, signIn',
    'weir.yaml:9:19: organizations.acme.projects.feed.budget.amount: expected an amount in quotes, such as "100.00", found a number',
    'weir.yaml:9:47: organizations.acme.projects.feed.budget.perid: unknown entry (did you mean period?); expected one of amount, currency, period, timeZone, thresholds',
  ])
})

test('a missing variable is an error with its line; an escaped one is text; values never stand in messages', () => {
  assert.deepEqual(problems(example, { UPSTREAM_KEY: 'x' }), ['weir.yaml:10:40: organizations.acme.projects.feed.keys[0].secret: the environment has no FEED_KEY; set it, or write $${FEED_KEY} for the text itself'])
  const parsed = parseWeirFile('organizations: { a: { displayName: "$${HOME} x" } }', 'weir.yaml', {})
  assert.equal(isProblems(parsed) ? '' : parsed.resources.organizations['a']?.displayName, '${HOME} x')
  const short = problems(example, { UPSTREAM_KEY: 'x', FEED_KEY: 'tooshort' })
  assert.deepEqual(short, ['weir.yaml:10:32: organizations.acme.projects.feed.keys[0].secret: too small: expected at least 16 characters'])
  assert.ok(!short.join().includes('tooshort'))
})

test('broken YAML, duplicate keys and endless aliases are refused with their place', () => {
  assert.match(problems('a: [')[0] ?? '', /^weir\.yaml:1:\d+: not valid YAML/)
  assert.match(problems('models: {}\nmodels: {}\n')[0] ?? '', /^weir\.yaml:2:1: not valid YAML: Map keys must be unique/)
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]', ...'bcdefgh'.split('').map((name, index) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcdefgh'[index]}`).join(',')}]`)].join('\n')
  assert.match(problems(bomb)[0] ?? '', /not valid YAML/)
  assert.match(problems('- a\n- b\n')[0] ?? '', /weir\.yaml:1:1: expected a map/)
})

test('what is meant otherwise than it reads is refused: an empty file, two keys of one name, braces that hold no name', () => {
  assert.match(problems('# nothing yet\n')[0] ?? '', /^weir\.yaml:1:1: the file is empty: expected providers/)
  assert.deepEqual(problems('{}'), [])
  assert.match(problems('a: 1\n---\nb: 2\n')[0] ?? '', /^weir\.yaml:2:1: a second document begins: keep one/)
  const keys = (list: string): string => `organizations: { acme: { projects: { feed: { keys: [${list}] } } } }`
  assert.match(problems(keys('{ name: k1 }, { name: k1 }'))[0] ?? '', /weir\.yaml:1:\d+: organizations\.acme\.projects\.feed\.keys\[1\]\.name: expected a name that no key before it has/)
  for (const secret of ['${NAME:-a-default-secret-of-length}', '${NAME', 'x${}y-and-so-on-and-on']) assert.match(problems(keys(`{ name: k1, secret: "${secret}" }`))[0] ?? '', /keys\[0\]\.secret: expected \$\{NAME\} of letters/, secret)
  assert.deepEqual(problems(keys('{ name: k1, secret: "$${-and-so-on-and-on" }')), [])
  assert.match(problems('providers: { p: { type: openai-compatible, baseUrl: "ftp://host/v1" } }')[0] ?? '', /baseUrl: expected an address that begins with https/)
  assert.match(problems(keys('{ name: k1, limits: { requestsPerMinute: 0 } }'))[0] ?? '', /too small: expected more than 0/)
  assert.match(problems('organizations: { acme: { budget: { amount: "1", thresholds: [0.5] } } }')[0] ?? '', /thresholds\[0\]: expected a fraction of the amount in quotes, such as "0\.8", found a number/)
})

test('names with a slash cannot make two projects one', () => {
  assert.match(problems('organizations: { "a/b": { projects: { c: {} } } }')[0] ?? '', /the name is not allowed/)
})

test('the published schema is current', () => {
  const published: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '../docs/weir.schema.json'), 'utf8'))
  assert.deepEqual(published, JSON.parse(JSON.stringify(publishedSchema())), 'run: npm run schema')
})
