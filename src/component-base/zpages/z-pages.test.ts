import { expect, test } from 'vitest'
import { FakeClock } from '../../util/fake/clock.ts'
import { newFlagz } from './flagz.ts'
import { debuggingPaths, newStatusz } from './statusz.ts'

const startedAtMs = Date.UTC(2024, 9, 6, 21, 3, 43, 250)
const yaml = (object: object) => `yaml of ${Object.keys(object).join(' ')}\n`
const clock = new FakeClock(startedAtMs + 3_723_000)
const statusz = newStatusz({
  component: 'kube-scheduler',
  version: 'v1.36.2',
  startedAtMs,
  paths: () => ['/readyz', '/livez/ping', '/livez/etcd', '/', '/apis/apps', '/api/v1', '/openapi/v2', '/openid/v1/jwks', '/.well-known/x', '/metrics'],
  clock,
  rand: () => 0.3,
  yaml,
})
const flagz = newFlagz({ component: 'kube-scheduler', flags: new Map(Object.entries({ v: '2', config: '', 'leader-elect': 'true' })), rand: () => 0.6, yaml })

const warning = 'Warning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is for debugging purposes only.'
const statuszText = `
kube-scheduler statusz
${warning}

Started:  Sun Oct  6 21:03:43 UTC 2024
Up:  1 hr 02 min 03 sec
Go version:  node ${process.version}
Binary version:  1.36.2
Emulation version:  1.36
Paths:  /livez /metrics /readyz
`
const flagzText = `
kube-scheduler flagz
${warning}
config=
leader-elect=true
v=2
`
const statuszObject = (version: string) => ({
  kind: 'Statusz',
  apiVersion: `config.k8s.io/${version}`,
  metadata: { name: 'kube-scheduler' },
  startTime: '2024-10-06T21:03:43Z',
  uptimeSeconds: 3723,
  goVersion: `node ${process.version}`,
  binaryVersion: '1.36.2',
  emulationVersion: '1.36',
  paths: ['/livez', '/metrics', '/readyz'],
})
const flagzObject = {
  kind: 'Flagz',
  apiVersion: 'config.k8s.io/v1beta1',
  metadata: { name: 'kube-scheduler' },
  flags: { config: '', 'leader-elect': 'true', v: '2' },
}
const line = (object: object) => `${JSON.stringify(object)}\n`
const text = 'text/plain; charset=utf-8'
const json = 'application/json'
const deprecated = '299 - "This version of the statusz endpoint is deprecated. Please use a newer version."'

// What upstream's tests ask: k8s.io/apiserver pkg/server/statusz/statusz_test.go, test/integration/serving/zpages_test.go.
test.each([
  ['no header', undefined, text, statuszText],
  ['an empty one', ' ', text, statuszText],
  ['text', 'text/plain', text, statuszText],
  ['text with a parameter that says nothing', 'text/plain;charset=utf-8', text, statuszText],
  ['anything', '*/*', text, statuszText],
  ['any text', 'text/*', text, statuszText],
  ['JSON', `${json};v=v1beta1;g=config.k8s.io;as=Statusz`, json, line(statuszObject('v1beta1'))],
  ['any application', 'application/*;v=v1beta1;g=config.k8s.io;as=Statusz', json, line(statuszObject('v1beta1'))],
  ['a version nobody has, or anything', `${json};v=foo;g=config.k8s.io;as=Statusz,*/*`, text, statuszText],
  [
    'the newer version first',
    `${json};g=config.k8s.io;v=v1beta1;as=Statusz,${json};g=config.k8s.io;v=v1alpha1;as=Statusz`,
    json,
    line(statuszObject('v1beta1')),
  ],
  [
    'YAML',
    'application/yaml;v=v1beta1;g=config.k8s.io;as=Statusz',
    'application/yaml',
    'yaml of kind apiVersion metadata startTime uptimeSeconds goVersion binaryVersion emulationVersion paths\n',
  ],
])('/statusz: %s', (_, accept, type, body) => expect(statusz({ accept })).toEqual({ status: 200, headers: { 'content-type': type }, body }))

test('the older version is deprecated, and a person gets lines', () => {
  const accept = `${json};g=config.k8s.io;v=v1alpha1;as=Statusz,${json};g=config.k8s.io;v=v1beta1;as=Statusz`
  expect(statusz({ accept, pretty: true })).toEqual({
    status: 200,
    headers: { 'content-type': json, warning: deprecated },
    body: JSON.stringify(statuszObject('v1alpha1'), undefined, 2),
  })
})

const refusal = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message: 'only the following media types are accepted: application/json, application/yaml, text/plain',
  reason: 'NotAcceptable',
  code: 406,
}
test.each([
  [json, line(refusal)],
  ['application/xml', JSON.stringify(refusal, undefined, 2)],
  [`${json};v=v1beta1;g=config.k8s.io`, JSON.stringify(refusal, undefined, 2)],
  [`${json};v=v1beta1;g=config.k8s.io;as=Flagz`, JSON.stringify(refusal, undefined, 2)],
  [`${json};v=v1beta1;g=meta.k8s.io;as=Statusz`, JSON.stringify(refusal, undefined, 2)],
  [`${json};v=v1beta1;g=config.k8s.io;as=Statusz;stream=watch`, JSON.stringify(refusal, undefined, 2)],
  ['text/plain;as=Statusz', JSON.stringify(refusal, undefined, 2)],
  ['application/vnd.kubernetes.protobuf;v=v1beta1;g=config.k8s.io;as=Statusz', JSON.stringify(refusal, undefined, 2)],
])('/statusz refuses %s', (accept, body) => expect(statusz({ accept })).toEqual({ status: 406, headers: { 'content-type': json }, body }))

test('/flagz: sorted, as text and as an object', () => {
  expect(flagz({ accept: undefined }).body).toBe(flagzText)
  expect(flagz({ accept: `${json};v=v1beta1;g=config.k8s.io;as=Flagz` }).body).toBe(line(flagzObject))
  expect(flagz({ accept: `${json};v=v1beta1;g=config.k8s.io;as=Statusz` }).status).toBe(406)
})

test('/flagz: its text is written once, with one delimiter', () => {
  let calls = 0
  const page = newFlagz({ component: 'x', flags: new Map([['v', '2']]), rand: () => (calls++ % 4) / 4, yaml })
  expect(page({ accept: undefined }).body).toBe(page({ accept: undefined }).body)
  expect(calls).toBe(1)
})

test('paths: first segments, each once, in order', () => {
  expect(debuggingPaths(['/b/c', '/a', '/b', 'x', '//y', '/apis', ''])).toEqual(['/a', '/b'])
})
