// Kinds that are only posted: evictions, bindings, requests for tokens. Source: k8s.io/apiserver pkg/endpoints/handlers/create.go,
// pkg/registry/rest/{meta,create}.go; kubernetes pkg/registry/core/{pod,serviceaccount}/storage.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { HttpsApiServer } from '../../support/https-api-server.ts'

let server: HttpsApiServer
const inNamespace = '/api/v1/namespaces/n'
const pod = `${inNamespace}/pods/p`
const token = `${inNamespace}/serviceaccounts/a/token`

beforeAll(async () => {
  server = await HttpsApiServer.start()
  await server.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'n' } } })
  for (const name of ['default', 'a']) await server.call('POST', `${inNamespace}/serviceaccounts`, { body: { metadata: { name } } })
  await server.call('POST', `${inNamespace}/pods`, { body: { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } } })
})
afterAll(() => server[Symbol.asyncDispose]())

const target = { kind: 'Node', name: 'node' }
const otherNamespace = /^400 the namespace of the provided object does not match the namespace sent on the request$/
const stored = 'StorageError: invalid object, Code: 4, Key: /registry/pods/n/p, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed'

test.each<[string, object, RegExp]>([
  [`${pod}/eviction`, { metadata: { name: 'p', namespace: 'm' } }, otherNamespace],
  [`${pod}/binding`, { metadata: { name: 'p', namespace: 'm' }, target }, otherNamespace],
  [token, { metadata: { namespace: 'm' }, spec: {} }, otherNamespace],

  // An order names its object, not only in the path; only a token request may leave it out.
  [`${pod}/eviction`, {}, /^400 name in URL does not match name in Eviction object$/],
  [`${pod}/binding`, { target }, /^400 name in URL does not match name in Binding object$/],
  [`${inNamespace}/bindings`, { target }, /^400 Name parameter required\.$/],
  // The name is looked at before the account is.
  [
    `${inNamespace}/serviceaccounts/none/token`,
    { metadata: { name: 'other' }, spec: {} },
    /^422 TokenRequest\.authentication\.k8s\.io "none" is invalid: metadata\.name: Invalid value: "other": must match the service account name if specified$/,
  ],

  // Which object is meant.
  [
    `${pod}/binding`,
    { metadata: { name: 'p', uid: 'u' }, target },
    new RegExp(`^409 Operation cannot be fulfilled on pods "p": ${stored}: UID in precondition: u, UID in object meta: [0-9a-f-]{36}$`),
  ],
  [
    `${pod}/binding`,
    { metadata: { name: 'p', resourceVersion: '1' }, target },
    new RegExp(`^409 Operation cannot be fulfilled on pods "p": ${stored}: ResourceVersion in precondition: 1, ResourceVersion in object meta: \\d+$`),
  ],
  [
    token,
    { metadata: { uid: 'u' }, spec: {} },
    /^409 Operation cannot be fulfilled on TokenRequest\.authentication\.k8s\.io "a": the UID in the token request \(u\) does not match the UID of the service account \([0-9a-f-]{36}\)$/,
  ],
])('POST %s %j', async (path, body, answer) => {
  const { status, json } = await server.call('POST', path, { body })
  const { message = '' } = json() as { message?: string }
  expect(`${status} ${message}`).toMatch(answer)
})

test.each<[string, object]>([
  [token, { metadata: { labels: { a: 'b' }, creationTimestamp: '2001-01-01T00:00:00Z' }, spec: {} }],
  ['/apis/authentication.k8s.io/v1/tokenreviews', { metadata: { labels: { a: 'b' }, creationTimestamp: '2001-01-01T00:00:00Z' }, spec: { token: 'x' } }],
])('POST %s: metadata come back, but for what only the server says', async (path, body) => {
  const { metadata } = (await server.call('POST', path, { body })).json() as { metadata: Record<string, unknown> }
  expect(metadata['labels']).toEqual({ a: 'b' })
  expect(metadata['creationTimestamp']).not.toBe('2001-01-01T00:00:00Z')
})
