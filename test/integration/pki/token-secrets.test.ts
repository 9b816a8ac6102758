// Tokens in Secrets: made for whoever asks for one, good as long as the Secret, and their use taken down.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { CoxServer } from '../cis/cox-server.ts'

let server: CoxServer
beforeAll(async () => {
  server = await CoxServer.start(mkdtempSync(join(tmpdir(), 'tokens-')))
})
afterAll(() => server?.[Symbol.asyncDispose]())

const path = '/api/v1/namespaces/default'
const today = () => new Date().toISOString().slice(0, 10)
const get = async (what: string) =>
  JSON.parse((await server.call('GET', what)).text) as { metadata: { labels?: Record<string, string> }; data?: Record<string, string> }

test('a Secret is filled, its token is known, and it goes with its account', async () => {
  await server.call('POST', `${path}/serviceaccounts`, { metadata: { name: 'robot' } })
  const annotations = { 'kubernetes.io/service-account.name': 'robot' }
  await server.call('POST', `${path}/secrets`, { metadata: { name: 'robot-token', annotations }, type: 'kubernetes.io/service-account-token' })
  const token = await eventually(async () => {
    const { data } = await get(`${path}/secrets/robot-token`)
    expect(Object.keys(data ?? {}).toSorted()).toEqual(['ca.crt', 'namespace', 'token'])
    return Buffer.from(data!['token']!, 'base64').toString()
  })
  expect((await get(`${path}/secrets/robot-token`)).metadata.labels).toBeUndefined()
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
  const { text } = await server.call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', review, { token })
  expect(text).toContain('"username":"system:serviceaccount:default:robot"')
  await eventually(async () => expect((await get(`${path}/secrets/robot-token`)).metadata.labels).toEqual({ 'kubernetes.io/legacy-token-last-used': today() }))
  await server.call('DELETE', `${path}/serviceaccounts/robot`)
  await eventually(async () => expect((await server.call('GET', `${path}/secrets/robot-token`)).status).toBe(404))
  expect((await server.call('GET', path, undefined, { token })).status).toBe(401)
})

test('since when use is taken down', async () => {
  expect((await get('/api/v1/namespaces/kube-system/configmaps/kube-apiserver-legacy-service-account-token-tracking')).data).toEqual({ since: today() })
  expect((await server.call('GET', '/readyz/poststarthook/start-legacy-token-tracking-controller')).text).toBe('ok')
})
