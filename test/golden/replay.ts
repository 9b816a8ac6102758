// Replays recorded scenarios against a server and compares answers. A scenario: { name, namespace?, setup?: Step[], steps: Step[] }.
// ${NS} is a namespace made fresh for each scenario, ${RAND} a fresh suffix, ${NAME} a captured value.
import { readdirSync, readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { join } from 'node:path'

export interface Step {
  readonly method?: string
  readonly path: string
  readonly query?: Record<string, string>
  readonly headers?: Record<string, string>
  readonly body?: unknown
  readonly raw?: string
  readonly type?: string
  /** user, then groups, to impersonate */
  readonly as?: readonly string[]
  readonly capture?: Record<string, string>
  /** Read a watch for so long, then hang up. */
  readonly watchMs?: number
  /** Dotted paths that are unstable in the reference itself. */
  readonly ignore?: readonly string[]
  readonly answer: unknown
}

export interface Scenario {
  readonly file: string
  readonly name: string
  readonly namespace?: object
  readonly setup?: readonly Step[]
  readonly steps: readonly Step[]
}

export interface StepResult {
  /** `file · scenario · step N` */
  readonly id: string
  readonly title: string
  /** Empty: the answer is the recorded one. */
  readonly differences: readonly string[]
}

interface Answer {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly text: string
}

type Tree = { [key: string]: unknown }

export function readScenarios(folder: string): Scenario[] {
  return readdirSync(folder)
    .filter((f) => f.endsWith('.json'))
    .toSorted()
    .flatMap((file) => (JSON.parse(readFileSync(join(folder, file), 'utf8')) as Scenario[]).map((s) => ({ ...s, file: file.replace('.json', '') })))
}

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

/** Texts with what differs between two servers replaced. */
const neutral = (text: string) =>
  text
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uid>')
    .replace(/g-[a-z0-9]{6}-ns/g, '<ns>')
    .replace(/\b10\.96\.\d+\.\d+\b/g, '<ip>')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>')
    .replace(/resource ?[vV]ersion"?:? ?"?\d+"?/g, 'resourceVersion <rv>')
    .replace(/kube-api-access-[a-z0-9]{5}/g, 'kube-api-access-<random>')

function neutralValue(value: unknown, key?: string, parent?: Tree): unknown {
  if (Array.isArray(value)) return value.map((v) => neutralValue(v, key))
  if (value && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k.replace(/g-[a-z0-9]{6}-ns/g, '<ns>'), neutralValue(v, k, value as Tree)]))
  if (typeof value === 'number') return (key === 'nodePort' && value >= 30000) || key === 'healthCheckNodePort' ? '<port>' : value
  if (typeof value !== 'string') return value
  if (time.test(value)) return '<time>'
  if (key === 'resourceVersion' && value) return value === '0' ? '0' : '<rv>'
  if (key === 'continue' && value) return '<continue>'
  const prefix = parent?.['generateName']
  if (typeof prefix === 'string' && prefix && key === 'name' && value.startsWith(prefix)) return `${prefix}<random>`
  return neutral(value)
}

/** JSON, or a watch's JSON lines, or text. */
function neutralBody(body: string): unknown {
  try {
    return neutralValue(JSON.parse(body))
  } catch {
    try {
      return body
        .split('\n')
        .filter(Boolean)
        .map((line) => neutralValue(JSON.parse(line)))
    } catch {
      return neutral(body).slice(0, 2000)
    }
  }
}

/** Roles that only the recorded build has, which is a fork's. */
const forkRole = 'system:controller:service-ca-cert-publisher'

const isForkRole = (item: unknown) => {
  const { cells, metadata } = (item ?? {}) as { cells?: readonly unknown[]; metadata?: { name?: unknown } }
  return cells?.[0] === forkRole || metadata?.name === forkRole
}

/** A recorded answer as upstream's build gives it. */
function asUpstream(answer: unknown): unknown {
  const { body, ...rest } = answer as { body?: Tree }
  if (!body || typeof body !== 'object' || Array.isArray(body)) return answer
  const members = Object.entries(body).map(([key, value]) => [key, Array.isArray(value) ? value.filter((item) => !isForkRole(item)) : value])
  return { ...rest, body: Object.fromEntries(members) }
}

const at = (tree: unknown, path: string) => path.split('.').reduce<unknown>((v, k) => (v as Tree | undefined)?.[k], tree)

const textOf = (value: unknown) => (typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value))

function drop(tree: unknown, path: string): void {
  const keys = path.split('.')
  const last = keys.pop()!
  const owner = keys.length ? at(tree, keys.join('.')) : tree
  if (owner && typeof owner === 'object') delete (owner as Tree)[last]
}

const fill = <T>(value: T, vars: Record<string, string>): T =>
  JSON.parse(JSON.stringify(value).replace(/\$\{([A-Za-z0-9_]+)\}/g, (all, n: string) => (n in vars ? JSON.stringify(vars[n]).slice(1, -1) : all))) as T

const managerKey = (m: Tree) => [m['operation'], m['manager'], m['subresource'], m['apiVersion']].join()

/** managedFields are ordered by the second they were written in: compare them in an order that does not depend on the clock. */
function clockless(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(clockless)
  if (!value || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([k, v]) => {
      const inner = clockless(v)
      return [k, k === 'managedFields' && Array.isArray(inner) ? inner.toSorted((a, b) => (managerKey(a as Tree) < managerKey(b as Tree) ? -1 : 1)) : inner]
    }),
  )
}

function* differences(want: unknown, got: unknown, path = ''): Generator<string> {
  if (JSON.stringify(want) === JSON.stringify(got)) return
  if (want && got && typeof want === 'object' && typeof got === 'object' && Array.isArray(want) === Array.isArray(got)) {
    for (const k of new Set([...Object.keys(want), ...Object.keys(got)])) yield* differences((want as Tree)[k], (got as Tree)[k], path ? `${path}.${k}` : k)
    return
  }
  yield `${path}: want ${JSON.stringify(want)?.slice(0, 300)} got ${JSON.stringify(got)?.slice(0, 300)}`
}

export class Replayer {
  readonly #server: URL
  readonly #token: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 8, rejectUnauthorized: false })

  constructor(server: string, token: string) {
    this.#server = new URL(server)
    this.#token = token
  }

  close(): void {
    this.#agent.destroy()
  }

  #call({ method = 'GET', path, query, headers = {}, body, raw, type, as, watchMs }: Omit<Step, 'answer'>): Promise<Answer> {
    const search = query ? `?${new URLSearchParams(query).toString()}` : ''
    const data = raw ?? (body === undefined ? undefined : JSON.stringify(body))
    const all: Record<string, string | string[] | number> = { accept: 'application/json', authorization: `Bearer ${this.#token}` }
    if (data !== undefined) Object.assign(all, { 'content-type': type ?? 'application/json', 'content-length': Buffer.byteLength(data) })
    Object.assign(all, headers)
    if (as) all['impersonate-user'] = as[0]!
    if (as && as.length > 1) all['impersonate-group'] = as.slice(1)
    return new Promise((resolve, reject) => {
      const req = request(this.#server, { agent: this.#agent, method, path: path + search, headers: all }, (res) => {
        const chunks: Buffer[] = []
        const end = () => resolve({ status: res.statusCode!, headers: res.headers, text: Buffer.concat(chunks).toString() })
        res.on('data', (c: Buffer) => chunks.push(c))
        res.on('end', end)
        res.on('error', end)
        if (watchMs) setTimeout(() => (end(), req.destroy()), watchMs)
      })
      req.on('error', reject)
      req.end(data)
    })
  }

  async #answers(scenario: Scenario): Promise<unknown[]> {
    const rand = Math.random().toString(36).slice(2, 8).padEnd(6, 'x')
    const vars: Record<string, string> = { NS: `g-${rand}-ns`, RAND: rand }
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: vars['NS'], ...scenario.namespace } }
    await this.#call({ method: 'POST', path: '/api/v1/namespaces', body: namespace })
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } }
    await this.#call({ method: 'POST', path: `/api/v1/namespaces/${vars['NS']}/serviceaccounts`, body: account })
    const results: unknown[] = []
    for (const [index, step] of [...(scenario.setup ?? []), ...scenario.steps].entries()) {
      const { answer: _, capture, ignore, ...req } = step
      const res = await this.#call(fill(req, vars))
      let json: unknown
      try {
        json = JSON.parse(res.text)
      } catch {}
      for (const [name, path] of Object.entries(capture ?? {})) vars[name] = textOf(at(json, path))
      if (index < (scenario.setup?.length ?? 0)) continue
      const warning = res.headers['warning']
      const got = {
        status: res.status,
        type: String(res.headers['content-type'] ?? '').replace(/\s/g, ''),
        ...(warning ? { warning: neutral(String(warning)) } : {}),
        body: neutralBody(res.text),
      }
      const back = JSON.parse(JSON.stringify(got).replaceAll(rand, '<rand>')) as typeof got
      for (const p of ignore ?? []) drop(back.body, p)
      results.push(back)
    }
    await this.#call({ method: 'DELETE', path: `/api/v1/namespaces/${vars['NS']}` })
    return results
  }

  /** Runs one scenario; a scenario that breaks off counts as different in every step. */
  async run(scenario: Scenario): Promise<StepResult[]> {
    let answers: unknown[]
    try {
      answers = await this.#answers(scenario)
    } catch (error) {
      answers = scenario.steps.map(() => ({ status: 0, body: String(error) }))
    }
    return scenario.steps.map((step, i) => ({
      id: `${scenario.file} · ${scenario.name} · step ${i + 1}`,
      title: `${step.method ?? 'GET'} ${step.path}`,
      differences: [...differences(clockless(asUpstream(step.answer)), clockless(answers[i]))],
    }))
  }
}
