// /openapi/v2, /openapi/v3 and below. Documents are built when first asked for, one group version per turn of the event loop,
// and kept as bytes.
import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { ApiRequest, ApiResponse } from '../http/api-request.ts'
import { mediaTypes } from '../../util/media-types.ts'
import { loadDescriptions } from './descriptions.ts'
import { groupVersions, v2Document, v2Part, v3Document } from './documents.ts'
import { openapiMessage } from './openapi-protobuf.ts'
import type { Json } from './schema-objects.ts'
import { swaggerMessage } from './swagger-protobuf.ts'

interface Document {
  readonly body: Buffer
  readonly etag: string
}

/** The name with `@` is asked for by older clients; as a media type it is not valid, so the answer never carries it. */
const protobufTypes = (version: string) => ['.', '@'].map((mark) => `application/com.github.proto-openapi.spec.${version}${mark}v1.0+protobuf`)
const v2Protobuf = protobufTypes('v2')
const v3Protobuf = protobufTypes('v3')
const json = 'application/json'

export function newOpenapiHandler(): (request: ApiRequest) => Promise<ApiResponse | undefined> {
  const descriptions = once(loadDescriptions)
  const v3 = once(async () => {
    const texts = await descriptions()
    const documents = new Map<string, Document>()
    for (const [path, resources] of groupVersions()) {
      documents.set(path, documentOf(Buffer.from(JSON.stringify(v3Document(resources, texts)))))
      await setImmediate()
    }
    return documents
  })
  /** By the document: few clients ask for it. */
  const v3Packed = new WeakMap<Document, () => Promise<Document>>()
  const packed = (document: Document) => {
    const { body, etag } = document
    const make = v3Packed.get(document) ?? once(async () => ({ body: await openapiMessage(JSON.parse(body.toString()) as Json), etag }))
    v3Packed.set(document, make)
    return make()
  }
  const v2Json = once(async () => {
    const texts = await descriptions()
    const parts = []
    for (const resources of groupVersions().values()) {
      parts.push(v2Part(resources, texts))
      await setImmediate()
    }
    return v2Document(parts)
  })
  const v2 = once(async () => documentOf(Buffer.from(JSON.stringify(await v2Json()))))
  const v2Packed = once(async () => documentOf(await swaggerMessage(await v2Json())))

  return async (request) => {
    const { path } = request.info
    if (path !== '/openapi/v2' && path !== '/openapi/v3' && !path.startsWith('/openapi/v3/')) return undefined
    if (path === '/openapi/v2') {
      const form = wanted(request, [json, ...v2Protobuf])
      if (form === undefined) return notAcceptable
      return form === json ? answer(request, await v2(), json) : answer(request, await v2Packed(), v2Protobuf[0]!)
    }
    const documents = await v3()
    if (path === '/openapi/v3') return index(documents)
    const document = documents.get(path.slice('/openapi/v3/'.length))
    if (!document) return { status: 404 }
    const form = wanted(request, [json, ...v3Protobuf])
    if (form === undefined) return notAcceptable
    const hash = request.query.get('hash')
    return form === json ? answer(request, document, json, hash) : answer(request, await packed(document), v3Protobuf[0]!, hash)
  }
}

/** Which of the offered types a client wants most. Source: k8s.io/kube-openapi pkg/handler/handler.go, pkg/handler3/handler.go. */
function wanted({ headers }: ApiRequest, offered: readonly string[]): string | undefined {
  for (const { type } of mediaTypes(headers['accept'])) {
    const [main, sub] = type.split('/')
    const found = offered.find((each) => (main === 'application' || main === '*') && (sub === '*' || each === `application/${sub}`))
    if (found) return found
  }
  return undefined
}

const notAcceptable: ApiResponse = { status: 406, headers: { vary: 'Accept' } }

const documentOf = (body: Buffer): Document => ({ body, etag: createHash('sha512').update(body).digest('hex').toUpperCase() })

function index(documents: ReadonlyMap<string, Document>): ApiResponse {
  const paths = Object.fromEntries(
    [...documents].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([path, { etag }]) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${etag}` }]),
  )
  return { status: 200, headers: { 'content-type': json }, body: JSON.stringify({ paths }) }
}

/** @param hash of the URL: with the right one the answer never changes; an old one leads to the new one */
function answer({ headers, info }: ApiRequest, { body, etag }: Document, contentType: string, hash: string | null = null): ApiResponse {
  if (hash !== null && hash !== etag) return { status: 301, headers: { location: `${info.path}?hash=${etag}` } }
  const common = { etag: `"${etag}"`, vary: 'Accept', 'cache-control': hash === null ? 'no-cache, private' : 'public, immutable' }
  if (headers['if-none-match'] === `"${etag}"`) return { status: 304, headers: common }
  return { status: 200, headers: { ...common, 'content-type': contentType }, body }
}

/** Runs `make` at the first call; a failure is forgotten, so that the next call tries again. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined
      throw error
    })
    return made
  }
}
