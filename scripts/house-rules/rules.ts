// The rules a machine can keep: which folder may import which, where I/O may happen, how long a file may be.
// Why these: ARCHITECTURE.md ("Invariants"). Changing an edge needs an entry in docs/adr.
import type { Import, Module } from './modules.ts'

export interface Violation {
  readonly rule: string
  readonly where: string
  readonly what: string
}

const libraries = ['api', 'apimachinery', 'component-base', 'util']
const component = ['client', ...libraries]

/** Folder -> folders it may import besides itself. A folder that is not listed may not exist. */
const edges: Record<string, readonly string[]> = {
  util: [],
  apimachinery: ['util'],
  cel: ['apimachinery', 'util'],
  'component-base': ['util'],
  api: ['apimachinery', 'util'],
  pki: ['util'],
  storage: ['util'],
  client: libraries,
  apiserver: ['storage', 'client', 'cel', 'pki', ...libraries],
  controllers: ['cel', 'pki', ...component],
  scheduler: component,
  proxy: component,
  network: component,
  cri: ['component-base', 'util'],
  kubelet: ['cri', 'pki', ...component],
  machine: ['cri', 'network', 'component-base', 'util'],
  cli: ['machine', ...component],
  // Composition roots see everything and are imported by nobody.
  cmd: [
    'api',
    'apimachinery',
    'apiserver',
    'cli',
    'client',
    'component-base',
    'controllers',
    'cri',
    'kubelet',
    'machine',
    'network',
    'pki',
    'proxy',
    'scheduler',
    'storage',
    'util',
  ],
}

/** Folders that may touch files, sockets and processes; what is below them may, too. */
const ioFolders: readonly string[] = [
  'src/apiserver/audit/log',
  'src/apiserver/encryption/reload',
  'src/apiserver/endpoints/large-bodies',
  'src/apiserver/http',
  'src/apiserver/openapi',
  'src/apiserver/streaming',
  'src/apiserver/webhook',
  'src/cli',
  'src/client/kubeconfig',
  'src/client/transport',
  'src/cmd',
  'src/component-base/logs',
  'src/component-base/serving',
  'src/cri',
  'src/kubelet/certificate',
  'src/kubelet/config',
  'src/kubelet/images',
  'src/kubelet/machine',
  'src/kubelet/probes',
  'src/kubelet/server',
  'src/kubelet/volumes',
  'src/machine',
  'src/network',
  'src/pki',
  'src/proxy/nftables',
  'src/storage/drivers',
]
const mayDoIo = (path: string) => ioFolders.some((folder) => path.startsWith(`${folder}/`))
const ioModules = /^node:(fs|fs\/promises|net|tls|http|https|http2|dgram|dns|dns\/promises|child_process|os|worker_threads|sqlite)$/

const linesMax = 500
const isTest = (path: string) => /\.(test|cases)\.tsx?$/.test(path)
const folderOf = (path: string) => (path.startsWith('src/') ? path.split('/')[1]! : undefined)

function* layerViolations({ path, imports }: Module): Generator<Violation> {
  const from = folderOf(path)!
  const allowed = edges[from]
  if (!allowed && path.split('/').length > 2) return yield { rule: 'unknown-folder', where: path, what: `src/${from} is not in the map of folders` }
  for (const { target, line } of imports) {
    const to = folderOf(target)
    if (to === undefined || to === from || allowed?.includes(to) || path === 'src/index.ts') continue
    yield { rule: 'layers', where: `${path}:${line}`, what: `src/${from} may not import ${target}; components meet in src/client` }
  }
}

/** Siblings that may not know each other: what they share moves into their framework or into src/api. */
const islands: readonly { readonly folder: RegExp; readonly shared: RegExp }[] = [
  { folder: /^src\/controllers\/([^/]+)\//, shared: /^src\/controllers\/framework\// },
  { folder: /^src\/scheduler\/plugins\/([^/]+)\//, shared: /^src\/scheduler\/(?!plugins\/)/ },
  { folder: /^src\/apiserver\/admission\/([^/]+)\//, shared: /^src\/apiserver\/admission\/([^/]+\.ts$|fake\/)/ },
  { folder: /^src\/storage\/drivers\/([^/]+)\//, shared: /^src\/storage\/[^/]+\.ts$/ },
]

function* islandViolations({ path, imports }: Module): Generator<Violation> {
  for (const { folder, shared } of islands) {
    const own = folder.exec(path)
    if (!own || shared.test(path)) continue
    for (const { target, line } of imports) {
      const other = folder.exec(target)
      if (other && other[1] !== own[1] && !shared.test(target))
        yield { rule: 'islands', where: `${path}:${line}`, what: `may not import its sibling ${target}` }
    }
  }
}

function* ioViolations({ path, imports }: Module): Generator<Violation> {
  if (isTest(path) || mayDoIo(path)) return
  for (const { target, line, typeOnly } of imports) {
    if (!typeOnly && ioModules.test(target))
      yield { rule: 'io-at-the-edges', where: `${path}:${line}`, what: `${target}: files, sockets and processes belong to edge folders` }
  }
}

function* fakeViolations({ path, imports }: Module): Generator<Violation> {
  if (isTest(path) || path.includes('/fake/')) return
  for (const { target, line } of imports) {
    if (target.includes('/fake/') || isTest(target)) yield { rule: 'no-fakes-in-production', where: `${path}:${line}`, what: target }
  }
}

const ambient = /(?<![\w.#])(Date\.now|setTimeout|setInterval|Math\.random)\(/
const ambientAllowed = /^src\/(util\/|cmd\/)/

function* textViolations({ path, text, lineCount }: Module): Generator<Violation> {
  if (/(^|\/)utils?\.ts$/.test(path)) yield { rule: 'no-utils', where: path, what: 'name the file after what is in it' }
  if (lineCount > linesMax) yield { rule: 'file-length', where: path, what: `${lineCount} lines; at most ${linesMax}` }
  if (isTest(path)) return
  for (const [index, line] of text.split('\n').entries()) {
    if (/\b(TODO|FIXME|XXX)\b/.test(line)) yield { rule: 'nothing-left-open', where: `${path}:${index + 1}`, what: line.trim() }
    if (!ambientAllowed.test(path) && !/^\s*(\/\/|\*)/.test(line) && ambient.test(line))
      yield {
        rule: 'injected-time-and-chance',
        where: `${path}:${index + 1}`,
        what: `${line.trim()}: comes in through the constructor (util/clock, util/rand)`,
      }
  }
}

/** Import cycles, each once, as `a -> b -> a`. Type-only imports count: a cycle of meaning is a cycle. */
function* cycles(modules: readonly Module[]): Generator<Violation> {
  const graph = new Map(modules.map((m) => [m.path, m.imports.map((i: Import) => i.target)]))
  const done = new Set<string>()
  const stack: string[] = []
  function* visit(path: string): Generator<Violation> {
    const at = stack.indexOf(path)
    if (at >= 0) return yield { rule: 'no-cycles', where: path, what: [...stack.slice(at), path].join(' -> ') }
    if (done.has(path)) return
    stack.push(path)
    for (const target of graph.get(path) ?? []) yield* visit(target)
    stack.pop()
    done.add(path)
  }
  for (const path of graph.keys()) yield* visit(path)
}

/** Everything wrong with a tree of modules. */
export function violations(modules: readonly Module[]): Violation[] {
  const each = [layerViolations, islandViolations, ioViolations, fakeViolations, textViolations]
  return [...modules.flatMap((m) => each.flatMap((rule) => [...rule(m)])), ...cycles(modules)]
}
