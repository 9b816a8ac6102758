// The API server alone against recorded answers of kube-apiserver 1.36.2.
import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { adminToken, HttpsApiServer } from '../support/https-api-server.ts'
import known from './differences.json' with { type: 'json' }
import { readScenarios, Replayer } from './replay.ts'

/** Scenarios at once: much of a replay is waiting for watches. */
const parallel = 8
/** Where the recorded server was reached: discovery documents name it. */
const recordedAddress = '10.99.0.2:16443'
/** The recorded server signed with RSA, our own clusters do not. */
const rsaKey = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' })
let server: HttpsApiServer

beforeAll(async () => {
  server = await HttpsApiServer.start({
    serviceAccount: { issuers: ['https://kubernetes.default.svc'], signingKey: rsaKey(), verificationKeys: [] },
    advertiseAddress: recordedAddress,
  })
})
afterAll(() => server[Symbol.asyncDispose]())

test('every answer is the recorded one, but for the listed differences', { timeout: 600_000 }, async () => {
  const replayer = new Replayer(server.url, adminToken)
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
