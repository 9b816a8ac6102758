// What /statusz and /flagz have in common: a text for people, or an object of config.k8s.io for who asks for one by its kind.
// Source: k8s.io/apiserver pkg/server/statusz/statusz.go, pkg/server/flagz/flagz.go and their negotiate/negotiation.go (KEP-4827, KEP-4828).
import { isPlain, type MediaType, mediaTypes } from '../../util/media-types.ts'
import type { Rand } from '../../util/rand.ts'

export interface ZPageRequest {
  /** The Accept header. */
  readonly accept: string | undefined
  /** JSON for a person to read. Default false. */
  readonly pretty?: boolean
}

export interface ZPageAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Answers a request for one path. */
export type ZPage = (request: ZPageRequest) => ZPageAnswer

/** An object without its type. */
export type ZPageContent = Record<string, string | number | string[] | Record<string, string>>

export interface ZPageForms {
  readonly component: string
  readonly kind: 'Statusz' | 'Flagz'
  /** What follows the title and the warning of the text form. */
  readonly text: () => string
  readonly content: () => ZPageContent
  readonly yaml: YamlWriter
}

export type YamlWriter = (object: ZPageContent) => string

const offered = ['application/json', 'application/yaml', 'text/plain'] as const
type Form = (typeof offered)[number]

/** Name -> whether whoever asks for it is told to take a newer one. */
const versions: ReadonlyMap<string, { readonly deprecated: boolean }> = new Map([
  ['v1beta1', { deprecated: false }],
  ['v1alpha1', { deprecated: true }],
])

const warning = 'Warning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is for debugging purposes only.'

export function newZPage({ component, kind, text, content, yaml }: ZPageForms): ZPage {
  const name = kind.toLowerCase()
  return ({ accept, pretty = false }) => {
    const form = accept?.trim() ? formFor(accept, kind) : { type: 'text/plain' as const, version: '' }
    if (!form) return notAcceptable(accept, pretty)
    const { type, version } = form
    if (type === 'text/plain') return answer('text/plain; charset=utf-8', `\n${component} ${name}\n${warning}\n${text()}`)
    const object = { kind, apiVersion: `config.k8s.io/${version}`, metadata: { name: component }, ...content() }
    const deprecation = `299 - "This version of the ${name} endpoint is deprecated. Please use a newer version."`
    const headers: Record<string, string> = versions.get(version)!.deprecated ? { warning: deprecation } : {}
    return answer(type, type === 'application/json' ? json(object, pretty) : yaml(object), headers)
  }
}

/** One of four, by chance: what is not always the same is not taken for a format. */
export const delimiter = (rand: Rand): string => [':', ': ', '=', ' '][Math.floor(rand() * 4)]!

const answer = (type: string, body: string, headers: Readonly<Record<string, string>> = {}): ZPageAnswer => ({
  status: 200,
  headers: { 'content-type': type, ...headers },
  body,
})

const json = (object: object, pretty: boolean) => (pretty ? JSON.stringify(object, undefined, 2) : `${JSON.stringify(object)}\n`)

function formFor(accept: string, kind: string): { readonly type: Form; readonly version: string } | undefined {
  for (const wanted of mediaTypes(accept)) {
    for (const type of offered) {
      const version = covers(wanted, type) ? versionFor(wanted, type, kind) : undefined
      if (version !== undefined) return { type, version }
    }
  }
  return undefined
}

function covers({ type, parameters }: MediaType, offer: Form): boolean {
  if (parameters.get('stream') || parameters.get('sv')) return false
  return type === offer || type === '*/*' || type === `${offer.slice(0, offer.indexOf('/'))}/*`
}

/** The text has no version, and what is structured has no default: a client says what it understands. */
function versionFor(wanted: MediaType, type: Form, kind: string): string | undefined {
  if (type === 'text/plain') return isPlain(wanted) ? '' : undefined
  const { parameters } = wanted
  const version = parameters.get('v') ?? ''
  return parameters.get('g') === 'config.k8s.io' && parameters.get('as') === kind && versions.has(version) ? version : undefined
}

/** Written without indentation only for who would take a plain JSON object. */
function notAcceptable(accept: string | undefined, pretty: boolean): ZPageAnswer {
  const status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `only the following media types are accepted: ${offered.join(', ')}`,
    reason: 'NotAcceptable',
    code: 406,
  }
  const plain = mediaTypes(accept).some((wanted) => isPlain(wanted) && covers(wanted, 'application/json'))
  return { status: 406, headers: { 'content-type': 'application/json' }, body: json(status, pretty || !plain) }
}
