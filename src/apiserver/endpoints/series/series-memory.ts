// Objects come in series: a controller, a Job or a script creates hundreds from one template, which differ in their names only. What the API
// server makes of them differs in name, uid and times only, too. It finds that out instead of believing it:
//
//   first   goes the whole way; its body and what became of it are remembered                          seen
//   second  goes the whole way; a template made of it must give the first one, byte by byte            → repeats, or varies
//   others  have their body compared with the template's, and get their bytes from it                  one comparison, one copy
//
// Same body but for the name, same user, namespace, query and client: the same would be decoded, defaulted, owned and validated. What
// admission decides by besides are its plugins' inputs, which are read again each time (see AdmissionPlugin.inputs): when one of them has
// changed, the next object goes the whole way, and the series begins anew. Plugins with an effect of their own (quotas that are charged,
// webhooks, policies) let nothing repeat. Authentication, flow control, authorization, audit and the store's comparison come before and after, for each.
import { randomUUID } from 'node:crypto'
import type { Codec } from '../../../apimachinery/codec/codec.ts'
import type { JsonObject } from '../../../apimachinery/json-value.ts'
import type { KubeObject } from '../../../api/object.ts'
import { formatTime } from '../../../util/clock.ts'
import type { Input } from '../../admission/admission.ts'
import type { UserInfo } from '../../authn/user.ts'
import type { Entry } from '../../cacher/entry.ts'
import { generateName } from '../../registry/generic/names.ts'
import { BodyTemplate } from './body-template.ts'
import { StoredTemplate } from './stored-template.ts'

/** Series remembered of one resource of which one object has been seen, and as many that repeat: objects like no other drive out only the former. */
const seriesMax = 16
/** After so many objects that were not what the template gives, nothing more is tried. */
const failuresMax = 3

/** What of a request decides what becomes of its object. */
export interface SeriesRequest {
  readonly namespace: string
  readonly user: UserInfo
  readonly format: 'json' | 'protobuf'
  readonly contentType: string | undefined
  readonly userAgent: string | undefined
  /** The query as text. */
  readonly query: string
  readonly body: Buffer
}

/** What a creation says besides its object. */
export interface Remarks {
  readonly warnings: readonly string[]
  readonly annotations: readonly (readonly [key: string, value: string])[]
}

/** The next object of a series. */
export interface Repetition extends Remarks {
  /** As sent; '': {@link make} generates another each time. */
  readonly name: string
  make(): { readonly object: KubeObject; readonly value: Buffer }
}

export type Observation = (name: string, entry: Entry, remarks: Remarks) => void

interface Confirmed {
  readonly stored: StoredTemplate
  readonly inputs: ReadonlyMap<Input, unknown>
  readonly remarks: Remarks
}

const sameUser = (a: UserInfo, b: UserInfo) =>
  a === b ||
  (a.name === b.name &&
    a.uid === b.uid &&
    a.groups.length === b.groups.length &&
    a.groups.every((group, i) => group === b.groups[i]) &&
    a.extra.size === b.extra.size &&
    Array.from(a.extra).every(([key, values]) => JSON.stringify(values) === JSON.stringify(b.extra.get(key))))

const unchanged = (inputs: ReadonlyMap<Input, unknown>) => {
  for (const [read, before] of inputs) if (read() !== before) return false
  return true
}

/** One series: requests that are alike, and what is known of what becomes of them. */
class Series {
  readonly request: SeriesRequest
  readonly body: BodyTemplate
  /** What the first one became. */
  first: Entry
  confirmed: Confirmed | undefined
  failures = 0

  constructor(request: SeriesRequest, body: BodyTemplate, first: Entry) {
    this.request = request
    this.body = body
    this.first = first
  }

  /** @returns the name that the request gives, '' for none; undefined: it is not of this series */
  nameIn(request: SeriesRequest): string | undefined {
    const own = this.request
    return request.namespace === own.namespace &&
      request.format === own.format &&
      request.contentType === own.contentType &&
      request.userAgent === own.userAgent &&
      request.query === own.query &&
      sameUser(request.user, own.user)
      ? this.body.nameIn(request.body)
      : undefined
  }
}

/** A request, and the series that it is the next one of. */
export interface Met {
  readonly request: SeriesRequest
  readonly series?: Series
  /** As in {@link Series.nameIn}. */
  readonly name?: string
}

export class SeriesMemory {
  readonly #codec: Codec
  readonly #type: string
  /** Both with the most recently used first. */
  readonly #seen: Series[] = []
  readonly #repeating: Series[] = []

  /** @param type of the resource */
  constructor(codec: Codec, type: string) {
    this.#codec = codec
    this.#type = type
  }

  meet(request: SeriesRequest): Met {
    return find(this.#repeating, request) ?? find(this.#seen, request) ?? { request }
  }

  /** @returns what becomes of the request's object; undefined: it must go the whole way */
  repeat({ series, name }: Met, nowMs: number): Repetition | undefined {
    if (!series?.confirmed) return undefined
    const { stored, inputs, remarks } = series.confirmed
    if (!unchanged(inputs)) {
      series.confirmed = undefined
      return undefined
    }
    const time = formatTime(nowMs)
    return {
      ...remarks,
      name: name!,
      make: () => stored.make({ name: name || generateName(stored.object.metadata.generateName!), uid: randomUUID(), created: time, managed: time }),
    }
  }

  /**
   * Before a request goes the whole way.
   * @param inputsOf admission's inputs to the creation of an object like this one
   * @returns to be told of the outcome: the object's name as sent, and as what it is stored; undefined: nothing is to be learned
   */
  observe({ request, series }: Met, inputsOf: (object: KubeObject) => readonly Input[] | undefined): Observation | undefined {
    if (!series) return (name, entry) => this.#remember(request, name, entry)
    if (series.failures === failuresMax) return undefined
    const inputs = inputsOf(series.first.object() as unknown as KubeObject)
    if (!inputs) return undefined
    const before = new Map(inputs.map((read) => [read, read()]))
    return (_name, entry, remarks) => {
      if (!series.confirmed && unchanged(before)) this.#confirm(series, entry, { inputs: before, remarks })
    }
  }

  /** @param name as sent */
  #remember(request: SeriesRequest, name: string, entry: Entry): void {
    // Others that were under way at the same time are of the same series.
    if (this.meet(request).series) return
    const body = BodyTemplate.of(request.body, name, request.format)
    if (body) keep(this.#seen, new Series({ ...request, body: Buffer.alloc(0) }, body, entry))
  }

  #confirm(series: Series, second: Entry, known: Omit<Confirmed, 'stored'>): void {
    const stored = StoredTemplate.of(this.#codec, second)
    if (stored?.makes(series.first) && series.body.holds((body) => this.#parse(series.request, body))) {
      series.confirmed = { stored, ...known }
      series.failures = 0
      this.#promote(series)
    } else series.failures++
    // What there was to read may have changed since the first one: the next one tells.
    series.first = second
  }

  #promote(series: Series): void {
    if (this.#repeating.includes(series)) return
    const at = this.#seen.indexOf(series)
    if (at >= 0) this.#seen.splice(at, 1)
    keep(this.#repeating, series)
  }

  #parse({ format }: SeriesRequest, body: Buffer): JsonObject {
    return format === 'json' ? (JSON.parse(body.toString()) as JsonObject) : this.#codec.decodeProtobuf(() => this.#type, body).object
  }
}

/** The one found becomes the first. */
function find(all: Series[], request: SeriesRequest): Met | undefined {
  for (let i = 0; i < all.length; i++) {
    const series = all[i]!
    const name = series.nameIn(request)
    if (name === undefined) continue
    if (i > 0) all.unshift(...all.splice(i, 1))
    return { request, series, name }
  }
  return undefined
}

function keep(all: Series[], series: Series): void {
  all.unshift(series)
  if (all.length > seriesMax) all.pop()
}
