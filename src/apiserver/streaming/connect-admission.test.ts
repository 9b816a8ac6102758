import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { codec } from '../../api/codec.ts'
import { drivers } from '../../storage/drivers/index.ts'
import { systemClock } from '../../util/clock.ts'
import type { AdmissionPlugin, ValidatingAttributes } from '../admission/admission.ts'
import { refuse } from '../admission/refuse.ts'
import type { ResourceHandlerDeps } from '../endpoints/deps.ts'
import type { ApiRequest } from '../http/api-request.ts'
import { Registry } from '../registry/generic/registry.ts'
import { admitConnect } from './connect-admission.ts'
import { objectProxyHandlers } from './object-proxy.ts'
import { podStreamHandlers } from './pod-streams.ts'
import { Proxy } from './proxy.ts'

const seen: ValidatingAttributes[] = []
/** Refuses to attach, and opens no terminals. */
const policy: AdmissionPlugin = {
  name: 'Policy',
  handles: (operation) => operation === 'CONNECT',
  admit({ object }) {
    if (object?.kind === 'PodExecOptions') (object as unknown as { tty: boolean }).tty = false
  },
  validate(attributes) {
    seen.push(attributes)
    if (attributes.subresource === 'attach') throw refuse(attributes, `attaching to pod '${attributes.name}' is not allowed`)
  },
}
const storage = drivers.memory({ clock: systemClock })
const registry = new Registry({ storage, codec, clock: systemClock, strategies: new Map(), admission: [policy] })
const deps = { registry, codec, clock: systemClock } as unknown as ResourceHandlerDeps
beforeEach(() => void (seen.length = 0))
afterAll(async () => {
  registry.stop()
  await storage.close()
})

function requestTo(path: string, query = ''): ApiRequest {
  const [, namespace, , name, subresource] = /^\/api\/v1(?:\/namespaces\/([^/]+))?\/(\w+)\/([^/]+)\/(\w+)/.exec(path)!
  return {
    info: { apiGroup: '', apiVersion: 'v1', namespace: namespace ?? '', name, subresource },
    rawPath: path,
    query: new URLSearchParams(query),
    method: 'POST',
    headers: {},
    user: { name: 'u', groups: [], extra: new Map() },
    signal: new AbortController().signal,
    warn: () => {},
  } as unknown as ApiRequest
}

describe('what is asked for', () => {
  test.each<[string, string, object]>([
    [
      'exec',
      'container=c&command=ls&command=-l&stdin=true&tty=true&x=1',
      { kind: 'PodExecOptions', container: 'c', command: ['ls', '-l'], stdin: true, tty: false },
    ],
    ['exec', 'command=ls&stdin=false&stdout=0&stderr=', { kind: 'PodExecOptions', command: ['ls'], stdin: false, stdout: false, stderr: true, tty: false }],
    ['portforward', 'ports=80&ports=81,82', { kind: 'PodPortForwardOptions', ports: [80, 81, 82] }],
  ])('%s?%s', async (subresource, query, options) => {
    const request = requestTo(`/api/v1/namespaces/ns/pods/p/${subresource}`, query)
    expect(await admitConnect(request, deps, { id: 'v1/pods', subresource })).toEqual({ apiVersion: 'v1', ...options })
    const { kind } = options as { kind: string }
    expect(seen).toMatchObject([
      {
        operation: 'CONNECT',
        kind: { group: '', version: 'v1', kind },
        resource: { plural: 'pods' },
        subresource,
        namespace: 'ns',
        name: 'p',
        oldObject: undefined,
        options: {},
      },
    ])
    expect(seen[0]!.object).toEqual({ apiVersion: 'v1', ...options })
  })

  test.each(['ports=x', 'ports=70000', 'ports=-1'])('%s is no port', async (query) => {
    const request = requestTo('/api/v1/namespaces/ns/pods/p/portforward', query)
    await expect(admitConnect(request, deps, { id: 'v1/pods', subresource: 'portforward' })).rejects.toMatchObject({ code: 400 })
    expect(seen).toEqual([])
  })
})

describe('every connection is admitted before anything is read', () => {
  const handlers = new Map([...podStreamHandlers(new Proxy(undefined)), ...objectProxyHandlers(new Proxy(undefined), () => 0)])
  const paths = {
    'pods/exec': ['/api/v1/namespaces/ns/pods/p/exec', 'PodExecOptions', {}],
    'pods/attach': ['/api/v1/namespaces/ns/pods/p/attach', 'PodAttachOptions', {}],
    'pods/portforward': ['/api/v1/namespaces/ns/pods/p/portforward', 'PodPortForwardOptions', {}],
    'pods/proxy': ['/api/v1/namespaces/ns/pods/https:p:443/proxy/a/b%20c', 'PodProxyOptions', { path: '/a/b c' }],
    'services/proxy': ['/api/v1/namespaces/ns/services/s:web/proxy/', 'ServiceProxyOptions', { path: '/' }],
    'nodes/proxy': ['/api/v1/nodes/n/proxy/metrics', 'NodeProxyOptions', { path: '/metrics' }],
  } as const

  test('no handler but that of logs is without', () => {
    expect([...handlers.keys()].toSorted()).toEqual([...Object.keys(paths), 'pods/log'].toSorted())
  })

  test.each(Object.entries(paths))('%s', async (id, [path, kind, options]) => {
    // Nothing of that name is stored: what is admitted is then not found.
    const answer = handlers.get(id)!(requestTo(path), { deps, scope: undefined })
    await expect(answer).rejects.toMatchObject(
      id === 'pods/attach' ? { code: 403, message: 'pods "p" is forbidden: attaching to pod \'p\' is not allowed' } : { code: 404 },
    )
    expect(seen).toMatchObject([{ operation: 'CONNECT', object: { kind, ...options } }])
  })
})
