// Admission of what is no write: exec, attach, port-forward and the proxies are CONNECT, and their object is what is asked for.
// Source: k8s.io/apiserver pkg/endpoints/handlers/{rest,get}.go (ConnectResource, getRequestOptions).
import type { KubeObject, Mutable } from '../../api/object.ts'
import { schema } from '../../api/schema.ts'
import { badRequest } from '../../apimachinery/api-error.ts'
import { goQuote } from '../../apimachinery/go-quote.ts'
import type { SchemaField } from '../../apimachinery/schema.ts'
import type { ResourceHandlerDeps } from '../endpoints/deps.ts'
import { subresourceKind } from '../endpoints/special/posted.ts'
import { writeContext } from '../endpoints/write-context.ts'
import type { ApiRequest } from '../http/api-request.ts'

type OptionsObject = Record<string, unknown>

/** Only the absence of a value, `false` and `0` mean no. */
const isTrue = (text: string) => text.toLowerCase() !== 'false' && text !== '0'

/** @throws {ApiError} 400 */
function parsePort(text: string): number {
  if (!/^\d+$/.test(text)) throw badRequest(`strconv.ParseUint: parsing ${goQuote(text)}: invalid syntax`)
  if (Number(text) > 65_535) throw badRequest(`strconv.ParseUint: parsing ${goQuote(text)}: value out of range`)
  return Number(text)
}

function valueOf({ type, card }: SchemaField, values: readonly string[]): unknown {
  if (type === 'bool') return isTrue(values[0]!)
  if (type === 'int32') return values.flatMap((value) => value.split(',')).map(parsePort)
  return card === 'list' ? values : values[0]!
}

/** Query parameters as the options kind has them; those that it does not know are nobody's. @throws {ApiError} 400 */
function optionsFromQuery(type: string, query: URLSearchParams): OptionsObject {
  const options: OptionsObject = {}
  for (const field of schema.get(type)!.fields) {
    const values = query.getAll(field.name)
    if (values.length) options[field.name] = valueOf(field, values)
  }
  return options
}

interface Connect {
  /** Of the resource: `v1/pods`. */
  readonly id: string
  readonly subresource: string
  /** What follows the subresource in the path, decoded. */
  readonly path?: string
}

/**
 * Asks admission before anything is read or connected.
 * @returns the options as admission leaves them
 * @throws {ApiError} 400 for a query that is none, and whatever plugins refuse with
 */
export async function admitConnect<T>(request: ApiRequest, deps: ResourceHandlerDeps, { id, subresource, path }: Connect): Promise<T> {
  const { type, ...kind } = subresourceKind(id, subresource)
  const store = deps.registry.store(id)!
  const fields = { ...optionsFromQuery(type, request.query), ...(path ? { path } : {}) }
  const object = { kind: kind.kind, apiVersion: 'v1', ...fields } as unknown as Mutable<KubeObject>
  const context = writeContext(deps, request, { name: request.info.name, dryRun: false, options: {} })
  const attributes = { ...store.attributes(context, 'CONNECT', undefined), kind }
  await store.admission.admit({ ...attributes, object })
  await store.admission.validate({ ...attributes, object })
  return object as unknown as T
}
