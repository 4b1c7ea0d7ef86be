/** The smallest installation that calls a test's upstream: one model, one project with a budget, one key. */
export const oneUpstream = (upstream: string, secret: string): string => `
providers:
  upstream: { type: openai-compatible, prices: openai, baseUrl: "${upstream}/v1", apiKey: upstream-secret }
models:
  gpt-4.1: { deployments: [{ provider: upstream, model: gpt-4.1 }] }
organizations:
  acme: { projects: { feed: { budget: { amount: "1000", period: month }, keys: [{ name: one, secret: ${secret} }] } } }
`
