// Objects that policies and webhooks have changed, as the rest of the server wants them: canonical, with defaults.
import type { KubeObject, Mutable } from '../../api/object.ts'
import { resourceFacts } from '../../api/resource-facts.ts'
import { cloneJson, setMember } from '../../apimachinery/json-equal.ts'
import type { Codec } from '../../apimachinery/codec/codec.ts'
import type { JsonObject } from '../../apimachinery/json-value.ts'
import type { AdmissionAttributes } from '../admission/admission.ts'
import type { Strategy } from '../registry/generic/strategy.ts'

type Resource = AdmissionAttributes['resource']

const idOf = ({ group, version, plural }: Resource) => (group ? `${group}/${version}/${plural}` : `${version}/${plural}`)

export class TypedObjects {
  readonly #codec: Codec
  readonly #strategies: ReadonlyMap<string, Strategy>

  constructor(codec: Codec, strategies: ReadonlyMap<string, Strategy>) {
    this.#codec = codec
    this.#strategies = strategies
  }

  /** The type of the schema table that a request's object has. @returns undefined for a kind that is not of the server's own */
  typeOf(resource: Resource, subresource: string): string | undefined {
    const facts = resourceFacts.get(idOf(resource))
    // A part with a kind of its own is only ever posted; one without writes the whole object.
    return (subresource ? facts?.subresources?.[subresource]?.type : undefined) ?? facts?.type
  }

  /**
   * Checks what was made of an object and puts it in the object's place.
   * @param object the request's own: changed in place
   * @throws {DecodeError} for what is no object of the type
   */
  replace(object: Mutable<KubeObject>, next: JsonObject, { resource, subresource }: AdmissionAttributes): void {
    const type = this.typeOf(resource, subresource)
    const converted = type ? this.#codec.convert(type, next).object : next
    if (type) {
      this.#codec.applyDefaults(type, converted)
      const { group, plural } = resource
      if (type === resourceFacts.get(idOf(resource))?.type) {
        this.#strategies.get(group ? `${group}/${plural}` : plural)?.defaults?.(converted as unknown as Mutable<KubeObject>)
      }
    }
    const target = object as unknown as JsonObject
    for (const key of Object.keys(target)) delete target[key]
    for (const [key, value] of Object.entries(converted)) setMember(target, key, value)
  }

  /** @param object of the request, which may be changed later */
  copy(object: KubeObject): KubeObject {
    return cloneJson(object as unknown as JsonObject) as unknown as KubeObject
  }
}
