// What subresources say of orders that do not fit the object in the path, what a PUT says whose object is another or gone, and what may not be deleted. Source: k8s.io/apiserver pkg/endpoints/handlers/create.go,
// kubernetes pkg/registry/core/pod/storage/{storage,eviction}.go, pkg/registry/apps/*/storage, pkg/registry/core/pod/rest/log.go.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { HttpsApiServer } from '../../support/https-api-server.ts'

const core = '/api/v1/namespaces/default'
const apps = '/apis/apps/v1/namespaces/default'
const containers = [{ name: 'c', image: 'i:1' }]
const labels = { a: 'b' }
const otherNamespace = 'the namespace of the provided object does not match the namespace sent on the request'

let server: HttpsApiServer
const uids = new Map<string, string>()

async function create(path: string, body: object): Promise<void> {
  const reply = await server.call('POST', path, { body })
  expect(reply.status, reply.text).toBe(201)
  const { metadata } = reply.json() as unknown as { readonly metadata: { readonly name: string; readonly uid: string } }
  uids.set(metadata.name, metadata.uid)
}

beforeAll(async () => {
  server = await HttpsApiServer.start()
  await create(`${core}/serviceaccounts`, { metadata: { name: 'account' } })
  await create(`${core}/pods`, { metadata: { name: 'pod' }, spec: { serviceAccountName: 'account', containers } })
  await create(`${apps}/deployments`, {
    metadata: { name: 'deployment' },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  })
})
afterAll(() => server[Symbol.asyncDispose]())

const binding = (metadata: object, target: object = { name: 'n' }) => ({ apiVersion: 'v1', kind: 'Binding', metadata, target })
const eviction = (metadata: object, deleteOptions: object = {}) => ({ apiVersion: 'policy/v1', kind: 'Eviction', metadata, deleteOptions })
const scale = (metadata: object) => ({ apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'deployment', ...metadata }, spec: { replicas: 2 } })
const token = (metadata: object) => ({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata, spec: {} })
const storageError = (key: string, why: string) =>
  `StorageError: invalid object, Code: 4, Key: /registry/${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: ${why}`
const wrongUid = (name: string) => `UID in precondition: wrong, UID in object meta: ${uids.get(name)!}`

test.each<[method: string, path: string, body: object, status: number, message: () => string]>([
  ['POST', `${core}/pods/pod/binding`, binding({ name: 'pod', namespace: 'other' }), 400, () => otherNamespace],
  ['POST', `${core}/bindings`, binding({ name: 'pod', namespace: 'other' }), 400, () => otherNamespace],
  ['POST', `${core}/pods/pod/eviction`, eviction({ name: 'pod', namespace: 'other' }), 400, () => otherNamespace],
  ['POST', `${core}/serviceaccounts/account/token`, token({ namespace: 'other' }), 400, () => otherNamespace],
  ['PUT', `${apps}/deployments/deployment/scale`, scale({ namespace: 'other' }), 400, () => otherNamespace],
  ['POST', `${core}/pods/pod/binding`, binding({}), 400, () => 'name in URL does not match name in Binding object'],
  ['POST', `${core}/bindings`, binding({}), 400, () => 'Name parameter required.'],
  ['POST', `${core}/pods/pod/eviction`, eviction({}), 400, () => 'name in URL does not match name in Eviction object'],
  [
    'POST',
    `${core}/pods/pod/binding`,
    binding({ name: 'pod', uid: 'wrong' }),
    409,
    () => `Operation cannot be fulfilled on pods "pod": ${storageError('pods/default/pod', wrongUid('pod'))}`,
  ],
  [
    'PUT',
    `${apps}/deployments/deployment/scale`,
    scale({ uid: 'wrong' }),
    409,
    () => `Operation cannot be fulfilled on deployments.apps "deployment": ${storageError('deployments/default/deployment', wrongUid('deployment'))}`,
  ],
  [
    'PATCH',
    `${apps}/deployments/deployment/scale`,
    { metadata: { uid: 'wrong' } },
    409,
    () => `Operation cannot be fulfilled on deployments/scale.apps "deployment": Precondition failed: ${wrongUid('deployment')}`,
  ],
  [
    'POST',
    `${core}/pods/pod/eviction?dryRun=All`,
    eviction({ name: 'pod' }, { dryRun: ['Some'] }),
    500,
    () => 'Non-matching dry-run options in request and content: [All] and [Some]',
  ],
  [
    'POST',
    `${core}/pods/pod/eviction`,
    eviction({ name: 'pod' }, { dryRun: ['Some'] }),
    422,
    () => 'DeleteOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
  ],
  [
    'PUT',
    '/apis/coordination.k8s.io/v1/namespaces/default/leases/none',
    { metadata: { name: 'none', uid: 'wrong' } },
    409,
    () =>
      `Operation cannot be fulfilled on leases.coordination.k8s.io "none": ${storageError('leases/default/none', 'UID in precondition: wrong, UID in object meta: ')}`,
  ],
  ['GET', `${apps}/deployments/none/scale`, {}, 404, () => 'deployments.apps "none" not found'],
  ['GET', `${apps}/replicasets/none/scale`, {}, 404, () => 'replicasets/scale.apps "none" not found'],
  ['GET', `${core}/replicationcontrollers/none/scale`, {}, 404, () => 'replicationcontrollers/scale.autoscaling "none" not found'],
  [
    'GET',
    `${core}/pods/pod/log?tailLines=-1`,
    {},
    422,
    () => 'PodLogOptions "pod" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
  ],
  [
    'DELETE',
    '/apis/scheduling.k8s.io/v1/priorityclasses/system-node-critical',
    {},
    403,
    () => 'priorityclasses.scheduling.k8s.io "system-node-critical" is forbidden: this is a system priority class and cannot be deleted',
  ],
  ['GET', `${core}/services/none:80/proxy/`, {}, 404, () => 'services "none" not found'],
])('%s %s', async (method, path, body, status, message) => {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
  const reply = await server.call(method, path, method === 'GET' ? {} : { body, type })
  expect(reply.json()).toMatchObject({ code: status, message: message() })
})

// Source: pkg/registry/core/pod/strategy.go (GetResetFields, GetResetFieldsFilter).
test.each<[subresource: string, spec: object, status: object, fields: object]>([
  [
    'resize',
    { containers: [{ ...containers[0], resources: { requests: { cpu: '2' } } }] },
    {},
    { 'f:spec': { 'f:containers': { 'k:{"name":"c"}': { '.': {}, 'f:resources': { 'f:requests': { 'f:cpu': {} } } } } } },
  ],
  [
    'ephemeralcontainers',
    { containers, ephemeralContainers: [{ name: 'e', image: 'i' }] },
    {},
    { 'f:spec': { 'f:ephemeralContainers': { 'k:{"name":"e"}': { '.': {}, 'f:image': {}, 'f:name': {} } } } },
  ],
  ['status', { containers }, { phase: 'Running' }, { 'f:status': { 'f:phase': {} } }],
])('who writes pods/%s owns no more than it changes', async (subresource, spec, status, fields) => {
  const name = `owned-${subresource}`
  await create(`${core}/pods`, {
    metadata: { name },
    spec: { serviceAccountName: 'account', containers: [{ ...containers[0], resources: { requests: { cpu: '1' } } }] },
  })
  const ownerReferences = [{ apiVersion: 'v1', kind: 'Pod', name: 'pod', uid: uids.get('pod') }]
  const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name, ownerReferences }, spec, status }
  const reply = await server.call('PATCH', `${core}/pods/${name}/${subresource}?fieldManager=m&force=true`, { body, type: 'application/apply-patch+yaml' })
  const { metadata } = reply.json() as unknown as { metadata: { ownerReferences?: unknown; managedFields: readonly { manager: string; fieldsV1: object }[] } }
  expect(metadata.ownerReferences).toBeUndefined()
  expect(metadata.managedFields.find(({ manager }) => manager === 'm')?.fieldsV1).toEqual(fields)
})
