// Accept and Content-Type headers, beyond the recorded scenarios. Source: k8s.io/apiserver pkg/endpoints/handlers/negotiation/negotiate.go,
// pkg/endpoints/handlers/{patch,rest}.go, github.com/munnerz/goautoneg autoneg.go, github.com/emicklei/go-restful route.go, Go's mime package.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HttpsApiServer } from '../../support/https-api-server.ts'

let server: HttpsApiServer
const configMaps = '/api/v1/namespaces/default/configmaps'
const path = `${configMaps}/c`
const json = 'application/json'
const yaml = 'application/yaml'
const protobuf = 'application/vnd.kubernetes.protobuf'
const none = 'no content type'

beforeAll(async () => {
  server = await HttpsApiServer.start()
  await server.call('POST', configMaps, { body: { metadata: { name: 'c' } } })
})
afterAll(() => server[Symbol.asyncDispose]())

describe('Accept', () => {
  test.each([
    // Quality 0 is the least wanted, not refused; what is no number is 0.
    [path, 'application/json;q=0', 200, json],
    [path, 'application/json;q=0, application/yaml', 200, yaml],
    [path, 'application/yaml;q=x, application/json;q=0.1', 200, json],
    [path, 'application/yaml;q= 0.9, application/json;q=0.1', 200, json],
    [path, 'application/yaml;q=, application/json;q=0.9', 200, yaml],
    [path, 'application/yaml;Q=0, application/json;q=0.5', 200, yaml],
    // An exact type comes before a wildcard that stands before it, even one that is wanted more.
    [path, '*/*;q=0.9, application/yaml;q=0.1', 200, yaml],
    [path, 'application/yaml;q=0.1, */*;q=0.9', 200, json],
    [path, 'application/*, application/yaml', 200, yaml],
    // Names are told apart by case, and quotes belong to values.
    [path, 'APPLICATION/JSON', 406, json],
    [path, 'application/json;as="Table";g=meta.k8s.io;v=v1', 406, json],
    [path, 'application/json;as=Table;g=meta.k8s.io;v=v1;sv=v1', 200, json],
    [path, 'application/json;as=Table;g=meta.k8s.io;v=v1;sv=v2', 406, json],
    [path, 'application/yaml;stream=watch', 406, json],
    [path, 'application/yaml;stream=', 200, yaml],
    [path, 'json, application/yaml', 200, yaml],
    [path, 'a/b/c, application/yaml', 200, yaml],
    // Errors come in a type that is taken as it is; with a conversion none is.
    [`${configMaps}/none`, yaml, 404, yaml],
    [`${configMaps}/none`, 'application/yaml;as=PartialObjectMetadata;g=meta.k8s.io;v=v1', 404, json],
    [`${configMaps}/none`, `${protobuf};as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/yaml`, 404, yaml],
    [`${configMaps}/none`, `${protobuf};pretty=1`, 404, protobuf],
    // Documents that are no resources.
    ['/version', 'application/json;as=Table;g=meta.k8s.io;v=v1', 200, json],
    ['/version', yaml, 406, yaml],
    ['/apis/apps', 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1', 406, json],
    ['/apis', 'application/yaml;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList', 200, `${yaml};g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList`],
    ['/api', `${protobuf};g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList`, 200, `${protobuf};g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList`],
    ['/openid/v1/jwks', yaml, 406, yaml],
    ['/openid/v1/jwks', '*/*', 200, 'application/jwk-set+json'],
    ['/openapi/v2', 'text/html', 406, none],
    ['/openapi/v2', '*/json', 200, json],
    ['/openapi/v3/api/v1', 'text/html', 406, none],
    ['/openapi/v3/apis/nope', '', 404, none],
    ['/openapi/v3/', '', 404, none],
  ] as const)('%s as %s', async (target, accept, status, type) => {
    const reply = await server.call('GET', target, { headers: { accept } })
    expect([reply.status, reply.headers['content-type'] ?? none]).toEqual([status, type])
  })
})

const unknownFormat = (...accepted: readonly string[]) =>
  `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`

describe('Content-Type of a new object', () => {
  test.each([
    ['application/json; charset=utf-8', true],
    ['application/json;charset=utf-8;charset=utf-8', true],
    ['application/json; charset="utf-8" ;', true],
    ['APPLICATION/JSON', true],
    ['application/json;charset=utf-8;charset=ascii', false],
    ['application/json;charset', false],
    ['application/json;charset="utf-8', false],
    ['application/json/x', false],
    ['application/json, application/yaml', false],
    ['*/*', false],
  ])('%s', async (type, isKnown) => {
    const reply = await server.call('POST', `${configMaps}?dryRun=All`, { type, body: { metadata: { name: 'n' } } })
    expect([reply.status, reply.json()['message']]).toEqual(isKnown ? [201, undefined] : [415, unknownFormat(json, yaml, protobuf)])
  })
})

const patches = ['application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json', 'application/apply-patch+yaml']

describe('Content-Type of a patch', () => {
  test.each([
    ['application/merge-patch+json; charset=utf-8', 200, undefined],
    // The router looks at each type of a list, the handler takes the header for one.
    ['text/plain, application/merge-patch+json', 415, unknownFormat(...patches)],
    ['application/merge-patch+json ;charset=utf-8', 415, unknownFormat(...patches)],
    ['Application/merge-patch+json', 415, '415: Unsupported Media Type'],
    ['application/json', 415, '415: Unsupported Media Type'],
    ['application/apply-patch+cbor', 415, '415: Unsupported Media Type'],
  ])('%s', async (type, status, message) => {
    const reply = await server.call('PATCH', path, { type, body: {} })
    expect([reply.status, reply.json()['message']]).toEqual([status, message])
  })
})
