// Annotations of the audit event that a policy asks for; several bindings or parameters may give several values to one.
import type { AdmissionAttributes } from '../admission.ts'

/** Bytes; the rest is cut off. */
const valueBytesMax = 10 * 1024

export class AnnotationCollector {
  readonly #values = new Map<string, Set<string>>()

  add(key: string, value: string): void {
    const values = this.#values.get(key) ?? new Set<string>()
    values.add(Buffer.from(value).subarray(0, valueBytesMax).toString())
    this.#values.set(key, values)
  }

  publish(policy: string, { annotate }: Pick<AdmissionAttributes, 'annotate'>): void {
    for (const [key, values] of this.#values) annotate(`${policy}/${key}`, [...values].join(', '))
  }
}
