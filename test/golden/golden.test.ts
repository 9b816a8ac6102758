// The API server alone against recorded answers of kube-apiserver 1.36.2.
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newApiServer } from '../../src/apiserver/server.ts'
import { silentLogger } from '../../src/component-base/logger.ts'
import { ensureClusterPki } from '../../src/pki/cluster-pki.ts'
import { drivers } from '../../src/storage/drivers/index.ts'
import { systemClock } from '../../src/util/clock.ts'
import known from './differences.json' with { type: 'json' }
import { readScenarios, Replayer } from './replay.ts'

const token = 'golden'
/** Scenarios at once: much of a replay is waiting for watches. */
const parallel = 8
/** Where the recorded server was reached: discovery documents name it. */
const recordedAddress = '10.99.0.2:16443'
/** The recorded server signed with RSA, our own clusters do not. */
const rsaKey = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const stop = new AbortController()
let directory: string
let running: Promise<void>
let server: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'golden-'))
  const pki = await ensureClusterPki({ directory: join(directory, 'pki'), apiServerHosts: ['127.0.0.1'], clock: systemClock })
  const api = await newApiServer({
    storage: drivers.memory({ clock: systemClock }),
    tls: { certificate: pki.apiServer.certificate, key: pki.apiServer.key, clientCa: pki.ca.pair.certificate },
    tokenFile: `${token},admin,1,"system:masters"\n`,
    authorizationModes: ['Node', 'RBAC'],
    anonymousAuth: true,
    admission: { enabled: ['NodeRestriction'], disabled: ['DenyServiceExternalIPs'] },
    serviceClusterIpRange: '10.96.0.0/16',
    serviceNodePortRange: { from: 30_000, to: 32_767 },
    serviceAccount: { issuers: ['https://kubernetes.default.svc'], signingKey: rsaKey(), verificationKeys: [] },
    advertiseAddress: recordedAddress,
    clock: systemClock,
    logger: silentLogger,
  })
  const { port } = await api.listen({ host: '127.0.0.1', port: 0 })
  server = `https://127.0.0.1:${port}`
  running = api.run(stop.signal)
  await api.ready
})
afterAll(async () => {
  stop.abort()
  await running
  await rm(directory, { recursive: true, force: true })
})

test('every answer is the recorded one, but for the listed differences', { timeout: 600_000 }, async () => {
  const replayer = new Replayer(server, token)
  const waiting = readScenarios(join(import.meta.dirname, 'scenarios'))
  const results: { id: string; differences: readonly string[] }[] = []
  const worker = async () => {
    for (let scenario = waiting.shift(); scenario; scenario = waiting.shift()) results.push(...(await replayer.run(scenario)))
  }
  await Promise.all(Array.from({ length: parallel }, worker))
  replayer.close()
  const listed = new Set(Object.values(known).flat())
  const unexpected = results.filter((r) => r.differences.length > 0 && !listed.has(r.id)).map((r) => `${r.id}: ${r.differences[0]}`)
  const passing = results.filter((r) => r.differences.length === 0 && listed.has(r.id)).map((r) => r.id)
  console.log(`${results.filter((r) => r.differences.length === 0).length} of ${results.length} answers are the recorded ones`)
  expect({ unexpected, passing }).toEqual({ unexpected: [], passing: [] })
})
