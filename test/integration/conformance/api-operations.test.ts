// Upstream's "should support API operations" and "should run through the lifecycle of" tests, one for almost every kind: discovery,
// create, get, list, watch, patch, update, the status subresource, delete and deletecollection, as one client would do it in a row.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { type Api, isNewer, unique } from './api.ts'
import { type ConformanceCluster, startConformanceCluster } from './cluster.ts'
import { type Kind, kinds } from './kinds.ts'

let cluster: ConformanceCluster
let api: Api

beforeAll(async () => {
  cluster = await startConformanceCluster()
  ;({ api } = cluster)
})
afterAll(() => cluster[Symbol.asyncDispose]())

interface Place {
  readonly apiVersion: string
  readonly root: string
  readonly plural: string
  /** Of the namespace's objects, or of all. */
  readonly path: string
  readonly everywhere: string
  readonly namespace: string
}

async function placeOf({ id, namespaced }: Kind): Promise<Place> {
  const [apiVersion, plural] = id.split(' ') as [string, string]
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`
  const namespace = namespaced ? await cluster.newNamespace() : ''
  const everywhere = `${root}/${plural}`
  return { apiVersion, root, plural, namespace, everywhere, path: namespace ? `${root}/namespaces/${namespace}/${plural}` : everywhere }
}

const annotated = (name: string) => ({ metadata: { annotations: { [name]: 'true' } } })
/** Pods end when a kubelet says so; there is none where these are. */
const atOnce = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 }

describe.concurrent('API operations of', () => {
  test.each(kinds)('$id', { timeout: 120_000 }, async (kind) => {
    const place = await placeOf(kind)
    const { path, everywhere, root, apiVersion } = place
    const label = unique('special')
    const nameOf = (index: number) => (kind.name ?? ((name: string) => name))(`${label}-${index}`)
    const make = (index: number) => ({
      ...(JSON.parse(JSON.stringify(kind.object).replaceAll('${namespace}', place.namespace)) as object),
      apiVersion,
      kind: kind.kind,
      metadata: { name: nameOf(index), labels: { 'special-label': label } },
    })
    const selector = `labelSelector=special-label%3D${label}`
    const one = `${path}/${nameOf(0)}`

    // Discovery names it.
    const { resources } = await api.must(`GET ${root}`)
    expect(resources).toContainEqual(expect.objectContaining({ name: place.plural, kind: kind.kind, namespaced: Boolean(kind.namespaced) }))
    if (kind.status) expect(resources).toContainEqual(expect.objectContaining({ name: `${place.plural}/status` }))

    const { metadata: start } = await api.must(`GET ${path}?${selector}`)
    await using watching = api.watch(`${everywhere}?${selector}&resourceVersion=${start.resourceVersion}`)
    const made = await Promise.all([0, 1, 2].map((index) => api.must(`POST ${path}`, make(index))))
    expect(made[0]).toMatchObject({ apiVersion, kind: kind.kind, metadata: { name: nameOf(0), labels: { 'special-label': label } } })
    expect(await api.call(`POST ${path}`, make(0))).toMatchObject({ status: 409, body: { reason: 'AlreadyExists' } })
    await watching.until('ADDED', ({ metadata }) => metadata.name === nameOf(2))

    expect(await api.must(`GET ${one}`)).toMatchObject({ metadata: { uid: made[0]!.metadata.uid } })
    for (const list of [path, everywhere]) {
      const { items, kind: listKind } = await api.must(`GET ${list}?${selector}`)
      expect([listKind, items?.length]).toEqual([`${kind.kind}List`, 3])
    }
    const byField = await api.must(`GET ${everywhere}?fieldSelector=metadata.name%3D${nameOf(1)}&${selector}`)
    expect(byField.items?.map(({ metadata }) => metadata.name)).toEqual([nameOf(1)])

    const patched = await api.must(`PATCH ${one}`, annotated('patched'), { type: 'merge' })
    expect(patched.metadata.annotations).toMatchObject({ patched: 'true' })
    expect(isNewer(made[0]!, patched)).toBe(true)
    await watching.until('MODIFIED', ({ metadata }) => metadata.annotations?.['patched'] === 'true')
    const strategic = await api.must(`PATCH ${one}`, annotated('strategic'), { type: 'strategic' })
    expect(strategic.metadata.annotations).toMatchObject({ patched: 'true', strategic: 'true' })

    const updated = await updateWith('updated', one)
    expect(updated).toMatchObject({ metadata: { annotations: { patched: 'true', updated: 'true' } } })
    await watching.until('MODIFIED', ({ metadata }) => metadata.annotations?.['updated'] === 'true')
    expect(await api.call(`PUT ${one}`, { ...make(0), metadata: { ...make(0).metadata, resourceVersion: '1' } })).toMatchObject({
      status: 409,
      body: { reason: 'Conflict' },
    })

    const applied = await api.must(`PATCH ${one}?fieldManager=suite&force=true`, { apiVersion, kind: kind.kind, ...annotated('applied') }, { type: 'apply' })
    expect(applied.metadata.annotations).toMatchObject({ patched: 'true', applied: 'true' })

    if (kind.status) {
      const { status } = kind
      expect(await api.must(`GET ${one}/status`)).toMatchObject({ kind: kind.kind, metadata: { name: nameOf(0) } })
      const merged = await api.must(`PATCH ${one}/status`, { ...annotated('patchedstatus'), status }, { type: 'merge' })
      expect(merged['status']).toMatchObject(status)
      await updateWith('updatedstatus', `${one}/status`)
    }

    const deleted = await api.call(`DELETE ${one}`, atOnce)
    expect(deleted.status).toBe(200)
    if (kind.held) await letGo(one)
    await gone(one)
    await watching.until('DELETED', ({ metadata }) => metadata.name === nameOf(0))
    expect((await api.must(`GET ${path}?${selector}`)).items).toHaveLength(2)

    if (kind.kind === 'Namespace') for (const index of [1, 2]) await api.must(`DELETE ${path}/${nameOf(index)}`)
    else await api.must(`DELETE ${path}?${selector}`, atOnce)
    if (kind.held) for (const index of [1, 2]) await letGo(`${path}/${nameOf(index)}`)
    await eventually(async () => expect((await api.must(`GET ${path}?${selector}`)).items).toEqual([]))
    await watching.until('DELETED', ({ metadata }) => metadata.name === nameOf(2))
  })
})

/** Reads, annotates and writes, again when somebody else was faster. */
async function updateWith(name: string, path: string) {
  return eventually(async () => {
    const live = await api.must(`GET ${path}`)
    const { metadata } = live
    return api.must(`PUT ${path}`, { ...live, metadata: { ...metadata, annotations: { ...metadata.annotations, [name]: 'true' } } })
  })
}

/** It may have gone already: a finalizer is there only when the controller was fast enough. */
const letGo = (path: string) => api.call(`PATCH ${path}`, { metadata: { finalizers: null } }, { type: 'merge' })

const gone = (path: string) => eventually(async () => expect((await api.call(`GET ${path}`)).status).toBe(404))
