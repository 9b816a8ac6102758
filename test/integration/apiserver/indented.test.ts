// JSON for people: what curl, wget, browsers and `?pretty` get. Source: k8s.io/apiserver pkg/endpoints/handlers/negotiation/negotiate.go
// (isPrettyPrint), k8s.io/apimachinery pkg/runtime/serializer/json (no newline behind indented documents).
import { afterAll, beforeAll, expect, test } from 'vitest'
import { HttpsApiServer } from '../../support/https-api-server.ts'

let server: HttpsApiServer
beforeAll(async () => {
  server = await HttpsApiServer.start()
  await server.call('POST', '/api/v1/namespaces/default/configmaps', { body: { metadata: { name: 'marked' }, data: { text: '<b>&' } } })
})
afterAll(() => server[Symbol.asyncDispose]())

const curl = { 'user-agent': 'curl/8.5.0' }
const marked = '/api/v1/namespaces/default/configmaps/marked'
const none = '/api/v1/namespaces/default/configmaps/none'

for (const [name, path, headers, indented] of [
  ['an object', marked, curl, true],
  ['a list', '/api/v1/namespaces/default/configmaps', { 'user-agent': 'Mozilla/5.0 (X11)' }, true],
  ['a list of nothing', '/api/v1/namespaces/default/pods', { 'user-agent': 'Wget/1.21' }, true],
  ['asked for in the query', `${marked}?pretty=true`, {}, true],
  ['not asked for', `${marked}?pretty=false`, curl, false],
  ['asked for in the media type', marked, { accept: 'application/json;pretty=1' }, true],
  ['a program', marked, { 'user-agent': 'kubectl/v1.36.0' }, false],
  ['an error', none, curl, true],
  ['an error, asked for in the query', `${none}?pretty=1`, {}, true],
  ['an error, asked for in the media type', none, { accept: 'application/json;pretty=1' }, true],
  ['an error for a program', none, {}, false],
  ['nobody', marked, { ...curl, authorization: 'Bearer wrong' }, true],
  ['nobody, a program', marked, { authorization: 'Bearer wrong' }, false],
  ['discovery', '/api/v1', curl, true],
  ['discovery for a program', '/api/v1', {}, false],
  ['the version, whoever asks', '/version', {}, true],
  ['the index, whoever asks', '/', {}, true],
] as const) {
  test(`${name}: ${indented ? 'indented' : 'in one line'}`, async () => {
    const { text, json } = await server.call('GET', path, { headers })
    const [one, many] = [JSON.stringify(json()), JSON.stringify(json(), null, 2)].map((each) =>
      each.replace(/[<>&]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`),
    )
    expect(text).toBe(indented ? many : `${one}\n`)
  })
}
