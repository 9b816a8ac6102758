// What does auditing at level Metadata cost a request, in microseconds of processor time?
//
//   node scripts/build.ts && scripts/sandbox node bench/audit.ts [directory]
//
// Three servers in processes of their own, in turns: without auditing (the yardstick), with the end of each request written to a
// file (as `cox server` has it), and with its arrival and its end. Everything is blocking: an answer waits for its line. An event
// takes some 8 µs to make; the rest is the write, which requests that come together share. Less than a minute.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type MeasuredServer, startApiServer } from './support/children.ts'
import { atMost, printEnvironment, report } from './support/environment.ts'
import { Http1Client } from './support/http1-client.ts'
import { load, type LoadResult } from './support/load.ts'
import { configMap } from './support/objects.ts'

const spanMs = 1000
/** Turns of each server: what disturbs the machine disturbs all three. */
const rounds = 3
const configMaps = '/api/v1/namespaces/default/configmaps'

interface Subject {
  readonly name: string
  readonly server: MeasuredServer
}

interface Measured {
  readonly microseconds: number
  readonly p50Ms: number
}

const requests = {
  GET: (client: Http1Client) => client.send('GET', `${configMaps}/read`),
  POST: (client: Http1Client, index: number) => client.send('POST', configMaps, JSON.stringify(configMap(`c-${prefix}-${index}`, 256))),
} as const
let prefix = 0

async function start(directory: string): Promise<Subject[]> {
  const policy = (name: string, omitStages: string) => {
    const file = join(directory, `${name}.yaml`)
    const own = '- {level: None, users: ["system:apiserver"]}'
    writeFileSync(file, `apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [${omitStages}]\nrules:\n${own}\n- {level: Metadata}\n`)
    return ['--audit-policy-file', file, '--audit-log-path', join(directory, `${name}.log`), '--audit-log-maxbackup', '1']
  }
  const flags = { 'without auditing': [], 'end of each request': policy('end', 'RequestReceived'), 'arrival and end': policy('both', '') }
  const subjects: Subject[] = []
  for (const [index, [name, args]] of Object.entries(flags).entries()) {
    const server = await startApiServer(join(directory, `server-${index}`), 16_450 + index, { flags: ['--storage-driver', 'memory', ...args] })
    subjects.push({ name, server })
    const client = await Http1Client.connect(server.port)
    await client.json('POST', configMaps, configMap('read', 256))
    client.close()
  }
  return subjects
}

async function measure({ server }: Subject, method: keyof typeof requests, connections: number): Promise<Measured> {
  let sent = 0
  const before = await server.read()
  prefix++
  const result: LoadResult = await load(server.port, connections, spanMs, (client, index) => {
    sent++
    return requests[method](client, index)
  })
  const after = await server.read()
  return { microseconds: ((after.cpuMs - before.cpuMs) * 1000) / sent, p50Ms: result.p50Ms }
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

/** @param limits of what the second and the third server may use more than the first */
async function compare(subjects: readonly Subject[], method: keyof typeof requests, connections: number, limits: readonly number[]): Promise<void> {
  const results = subjects.map((): Measured[] => [])
  for (let round = 0; round < rounds; round++) {
    for (const [index, subject] of subjects.entries()) results[index]!.push(await measure(subject, method, connections))
  }
  const cost = results.map((measured) => median(measured.map(({ microseconds }) => microseconds)))
  const wait = results.map((measured) => median(measured.map(({ p50Ms }) => p50Ms)))
  for (const [index, { name }] of subjects.entries()) {
    const more = cost[index]! - cost[0]!
    const text = `${cost[index]!.toFixed(0)} µs CPU, p50 ${wait[index]!.toFixed(2)} ms`
    report(`${method}, ${connections} connections, ${name}`, text)
    if (index > 0) report(`  auditing`, `+${more.toFixed(1)} µs`, atMost(limits[index - 1]!, 'µs', more))
  }
}

const given = process.argv[2]
const directory = given ?? mkdtempSync(join(tmpdir(), 'cox-bench-audit-'))
printEnvironment('What does auditing at level Metadata cost a request?')
const subjects = await start(directory)
try {
  for (const method of ['GET', 'POST'] as const) {
    await compare(subjects, method, 8, [120, 160])
    await compare(subjects, method, 64, [80, 120])
  }
} finally {
  for (const { server } of subjects) await server.stop()
  if (given === undefined) rmSync(directory, { recursive: true, force: true })
}
