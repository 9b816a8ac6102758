import { expect, test } from 'vitest'
import { isLongRunning, parseRequestInfo } from './request-info.ts'

function parse(request: string) {
  const [method, target] = request.split(' ') as [string, string]
  const at = target.indexOf('?')
  return parseRequestInfo(method, at < 0 ? target : target.slice(0, at), new URLSearchParams(at < 0 ? '' : target.slice(at + 1)))
}

// verb group/version namespace resource/subresource name
for (const [request, expected] of [
  ['GET /api/v1/namespaces', 'list /v1 - namespaces -'],
  ['GET /api/v1/namespaces/other', 'get /v1 other namespaces other'],
  ['GET /api/v1/namespaces/other/pods', 'list /v1 other pods -'],
  ['GET /api/v1/namespaces/other/pods/foo', 'get /v1 other pods foo'],
  ['HEAD /api/v1/namespaces/other/pods/foo', 'get /v1 other pods foo'],
  ['GET /api/v1/pods', 'list /v1 - pods -'],
  ['HEAD /api/v1/pods', 'list /v1 - pods -'],
  ['GET /api/v1/nodes/n', 'get /v1 - nodes n'],
  ['POST /api/v1/pods', 'create /v1 - pods -'],
  ['PUT /api/v1/namespaces/other/pods/foo', 'update /v1 other pods foo'],
  ['PATCH /api/v1/namespaces/other/pods/foo', 'patch /v1 other pods foo'],
  ['DELETE /api/v1/namespaces/other/pods/foo', 'delete /v1 other pods foo'],
  ['DELETE /api/v1/namespaces/other/pods', 'deletecollection /v1 other pods -'],
  ['DELETE /api/v1/nodes', 'deletecollection /v1 - nodes -'],
  ['DELETE /api/v1/namespaces', 'deletecollection /v1 - namespaces -'],
  ['GET /api/v1/namespaces/other/pods/foo/status', 'get /v1 other pods/status foo'],
  ['GET /api/v1/namespaces/ns/status', 'get /v1 ns namespaces/status ns'],
  ['PUT /api/v1/namespaces/ns/finalize', 'update /v1 ns namespaces/finalize ns'],
  ['PUT /apis/apps/v1/namespaces/ns/deployments/d/scale', 'update apps/v1 ns deployments/scale d'],
  // watch: by query, by prefix
  ['GET /api/v1/pods?watch=true', 'watch /v1 - pods -'],
  ['GET /api/v1/pods?watch=1', 'watch /v1 - pods -'],
  ['GET /api/v1/pods?watch=', 'watch /v1 - pods -'],
  ['GET /api/v1/pods?watch=false', 'list /v1 - pods -'],
  ['GET /api/v1/pods?watch=0', 'list /v1 - pods -'],
  ['GET /api/v1/pods/p?watch=1', 'get /v1 - pods p'],
  ['GET /api/v1/watch/pods', 'watch /v1 - pods -'],
  ['GET /api/v1/watch/namespaces/other/pods', 'watch /v1 other pods -'],
  ['GET /api/v1/watch/namespaces/other/pods/foo', 'watch /v1 other pods foo'],
  ['GET /apis/batch/v1/watch/jobs', 'watch batch/v1 - jobs -'],
  // a selector on the name pins the name
  ['GET /api/v1/namespaces/ns/pods?fieldSelector=metadata.name%3Dp', 'list /v1 ns pods p'],
  ['GET /api/v1/namespaces/ns/pods?fieldSelector=metadata.name%3D%3Dp&watch=1', 'watch /v1 ns pods p'],
  ['GET /api/v1/namespaces/ns/pods?fieldSelector=spec.nodeName%3Dn,metadata.name%3Dp', 'list /v1 ns pods p'],
  ['GET /api/v1/namespaces/ns/pods?fieldSelector=metadata.name!%3Dp', 'list /v1 ns pods -'],
  ['GET /api/v1/namespaces/ns/pods?fieldSelector=metadata.name%3D..', 'list /v1 ns pods -'],
  // The selector as it is read later, and only where all of the query can be read: what is authorized is what is listed.
  ['GET /api/v1/namespaces/ns/pods?fieldSelector=metadata.name%3D%20p', 'list /v1 ns pods  p'],
  ['GET /api/v1/namespaces/ns/pods?fieldSelector=%20metadata.name%3Dp', 'list /v1 ns pods -'],
  ['GET /api/v1/namespaces/ns/pods?fieldSelector=metadata.name%3Dp%5C%2Cq', 'list /v1 ns pods p,q'],
  ['GET /api/v1/namespaces/ns/pods?fieldSelector=metadata.name%3Dq,metadata.name%3Dp', 'list /v1 ns pods p'],
  ['GET /api/v1/namespaces/ns/pods?fieldSelector=metadata.name%3Dp,oops', 'list /v1 ns pods -'],
  ['GET /api/v1/namespaces/ns/pods?fieldSelector=metadata.name%3Dp&labelSelector=%3D', 'list /v1 ns pods -'],
  ['GET /api/v1/namespaces/ns/pods?fieldSelector=metadata.name%3Dp&limit=many', 'list /v1 ns pods -'],
  ['DELETE /api/v1/namespaces/ns/pods?fieldSelector=metadata.name%3Dp', 'deletecollection /v1 ns pods -'],
  // proxying: the tail stays in parts
  ['GET /api/v1/namespaces/ns/pods/p:80/proxy/a/b', 'get /v1 ns pods/proxy p:80'],
  ['GET /api/v1/nodes/n/proxy/logs', 'get /v1 - nodes/proxy n'],
  ['GET /api/v1/proxy/namespaces/ns/pods/p', 'proxy /v1 ns pods p'],
  // slashes at the ends do not count, in the middle they do
  ['GET /api/v1/namespaces/ns/pods/', 'list /v1 ns pods -'],
  ['GET /apis/apps/v1/deployments//', 'list apps/v1 - deployments -'],
  ['GET /api/v1//pods', 'get /v1 - / pods'],
  ['GET /api/v1/namespaces//pods', 'list /v1 - pods -'],
  // encodings: an encoded slash separates, so nothing hides behind it; dots are names like any other here
  ['GET /api/v1/namespaces/ns/configmaps/a%2Fb', 'get /v1 ns configmaps/b a'],
  ['GET /api/v1/namespaces/ns%2Fsecrets/x', 'get /v1 ns secrets x'],
  ['GET /api/v1/namespaces/ns/configmaps/%2e%2e', 'get /v1 ns configmaps ..'],
  ['GET /api/v1/namespaces/ns/configmaps/a%252Fb', 'get /v1 ns configmaps a%2Fb'],
  // methods without a verb
  ['OPTIONS /api/v1/pods', ' /v1 - pods -'],
] as const) {
  test(`${request} -> ${expected}`, () => {
    const i = parse(request)
    const resource = i.resource || (i.parts.length > 0 ? '/' : '-')
    expect(`${i.verb} ${i.apiGroup}/${i.apiVersion} ${i.namespace || '-'} ${resource}${i.subresource ? `/${i.subresource}` : ''} ${i.name || '-'}`).toBe(
      expected,
    )
    expect(i.isResourceRequest).toBe(true)
    expect(i.parts.every((p) => !p.includes('/'))).toBe(true)
  })
}

for (const path of [
  '/',
  '/api',
  '/api/',
  '/api/v1',
  '/apis',
  '/apis/apps',
  '/apis/apps/v1/',
  '/healthz',
  '/livez/ping',
  '/version',
  '//api/',
  '/apix/v1/pods',
  '/API/v1/pods',
]) {
  test(`${path} is no resource request`, () => {
    expect(parse(`GET ${path}`)).toMatchObject({ isResourceRequest: false, verb: 'get', path, resource: '' })
  })
}

test('selectors are kept for the verbs that take them', () => {
  const query = 'labelSelector=a%3Db&fieldSelector=spec.nodeName%3Dn'
  expect(parse(`GET /api/v1/pods?${query}`)).toMatchObject({ labelSelector: 'a=b', fieldSelector: 'spec.nodeName=n' })
  expect(parse(`GET /api/v1/namespaces/ns/pods/p?${query}`)).toMatchObject({ labelSelector: '', fieldSelector: '' })
  expect(parse(`GET /api/v1/watch/pods?${query}`)).toMatchObject({ labelSelector: '', fieldSelector: '' })
})

test('what cannot be decoded is a bad request', () => {
  expect(() => parse('GET /api/v1/pods/%zz')).toThrow('invalid URL escape')
  expect(() => parse('GET /api/v1/pods/%ff')).toThrow('invalid URL escape')
  expect(() => parse('GET /api/v1/watch')).toThrow('unable to determine kind and namespace')
})

for (const [request, expected] of [
  ['GET /api/v1/pods', false],
  ['GET /api/v1/pods?watch=1', true],
  ['GET /api/v1/namespaces/ns/pods/p/log', true],
  ['POST /api/v1/namespaces/ns/pods/p/exec', true],
  ['GET /api/v1/namespaces/ns/services/s/proxy/x', true],
  ['PUT /api/v1/namespaces/ns/pods/p/status', false],
  ['GET /healthz', false],
] as const) {
  test(`${request} is ${expected ? '' : 'not '}long-running`, () => expect(isLongRunning(parse(request))).toBe(expected))
}
